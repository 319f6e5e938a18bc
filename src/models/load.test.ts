import t from 'tap'
import type { EngineUsage } from './engine-meter.ts'
import { assessLoad, idleLoad, type Load, type LoadMeasurements, type OpenChannel } from './load.ts'

interface Ears {
  /** Share by channel. */
  readonly finals?: Readonly<Record<string, number>>
  readonly finalWaitMs?: number
  /** Channels that spoke lately. */
  readonly speaking?: number
}

function usage({ finals = {}, finalWaitMs = 0, speaking = 0 }: Ears): EngineUsage {
  return {
    final: Object.values(finals).reduce((total, share) => total + share, 0),
    other: 0,
    finalByChannel: new Map(Object.entries(finals)),
    finalWaitMs,
    partialMs: undefined,
    finalMs: undefined,
    channels: speaking,
    abandonedMs: 0,
  }
}

function measured(ears: Ears, rest: Partial<LoadMeasurements> = {}): LoadMeasurements {
  return {
    engines: { ears: usage(ears), voice: usage({}) },
    expectedShares: { ears: 0.1, voice: 0.2 },
    channels: [],
    partialMs: 50,
    eventLoopP99Ms: 5,
    ...rest,
  }
}

function channels(count: number, ageMs: number, engines = ['ears']): OpenChannel[] {
  return Array.from({ length: count }, (_, index) => ({ id: `c${index}`, ageMs, engines }))
}

t.test('an idle machine', async (t) => {
  t.same(assessLoad(measured({}), idleLoad), idleLoad)
})

const finals = (share: number): NonNullable<Ears['finals']> => ({ c0: share })
const steps: readonly (readonly [string, Ears, Load['level'], number])[] = [
  ['one speaker', { speaking: 1 }, 'normal', 500],
  ['six need 429 ms', { speaking: 6 }, 'normal', 500],
  ['eight need 571 ms', { speaking: 8 }, 'partials-slower', 700],
  ['eight, finals take a half of it', { speaking: 8, finals: finals(0.35) }, 'partials-slower', 1400],
  ['finals leave too little', { speaking: 8, finals: finals(0.55) }, 'partials-off', Infinity],
  ['finals leave nothing', { speaking: 1, finals: finals(0.7) }, 'partials-off', Infinity],
]
for (const [name, ears, level, partialStepMs] of steps) {
  t.test(`the step of partials: ${name}`, async (t) => {
    const settled = measured(ears, { expectedShares: {}, channels: channels(1, 60_000) })
    // What one more channel needs is another matter, tested below.
    const { partialStepMs: stepMs, level: found } = assessLoad(settled, idleLoad)
    t.equal(stepMs, partialStepMs)
    if (found !== 'full') t.equal(found, level)
  })
}

t.test('the busiest engine counts, whichever it is', async (t) => {
  const load = assessLoad(
    measured(
      { speaking: 2 },
      { engines: { ears: usage({ speaking: 2 }), voice: usage({ finals: { c0: 0.5 } }) } },
    ),
    idleLoad,
  )
  t.equal(load.utilisation, 0.5)
  t.equal(load.partialStepMs, 700)
})

t.test('partials come back only where there is room to spare', async (t) => {
  const at = (speaking: number, previousMs: number): number =>
    assessLoad(measured({ speaking }), { ...idleLoad, partialStepMs: previousMs }).partialStepMs
  t.equal(at(7, 700), 700, '500 ms would just do')
  t.equal(at(5, 700), 500)
  t.equal(at(9, 1400), 1000, '643 ms are needed: 700 would be tight')
  t.equal(at(2, Infinity), 500)
  t.equal(at(26, Infinity), Infinity)
  t.equal(at(29, 2000), Infinity)
})

t.test('full: one more would take too much', async (t) => {
  const share = { c0: 0.2, c1: 0.2, c2: 0.16 }
  const load = assessLoad(measured({ finals: share }, { channels: channels(3, 60_000) }), idleLoad)
  t.equal(load.full, undefined, '0.56 and 0.187 more')
  const { level, full } = assessLoad(
    measured({ finals: { ...share, c2: 0.2 } }, { channels: channels(3, 60_000) }),
    idleLoad,
  )
  t.equal(level, 'full')
  t.match(full, { cause: 'utilisation', message: /take ears to 80 %.*75 % is the limit/ })
})

t.test('full: a crowd comes at once and nobody has spoken yet', async (t) => {
  const crowd = (count: number): Load =>
    assessLoad(measured({}, { channels: channels(count, 1000) }), idleLoad)
  t.equal(crowd(6).level, 'normal', 'six and one more, a tenth each')
  t.match(crowd(7).full, { cause: 'utilisation', message: /ears to 80 %/ })
  const mute = measured({}, { channels: channels(7, 1000, ['voice']) })
  t.match(assessLoad(mute, idleLoad).full, { message: /voice to 160 %/ })
})

t.test('who has left does not count any more', async (t) => {
  const finals = { c0: 0.2, left: 0.5 }
  const { full } = assessLoad(measured({ finals }, { channels: channels(1, 60_000) }), idleLoad)
  t.equal(full, undefined, '0.2 and 0.2 more')
})

t.test('a newcomer counts as those who were heard, and once', async (t) => {
  const old = channels(2, 60_000)
  const young: OpenChannel[] = [
    { id: 'new 1', ageMs: 2000, engines: ['ears'] },
    { id: 'new 2', ageMs: 9000, engines: ['ears'] },
  ]
  const finals = { c0: 0.12, c1: 0.16, 'new 2': 0.12 }
  // 0.4 measured, 0.14 for the first, 0.02 more for the second, 0.14 for one more.
  const load = assessLoad(measured({ finals }, { channels: [...old, ...young] }), idleLoad)
  t.equal(load.level, 'normal')
  const more = [...young, { id: 'new 3', ageMs: 0, engines: ['ears'] }]
  t.match(assessLoad(measured({ finals }, { channels: [...old, ...more] }), idleLoad).full, {
    message: /ears to 84 %/,
  })
})

t.test('full: answers wait, or the event loop is late', async (t) => {
  t.match(assessLoad(measured({ finalWaitMs: 800 }), idleLoad).full, {
    cause: 'waiting',
    message: /800 ms .* ears/,
  })
  t.match(assessLoad(measured({}, { eventLoopP99Ms: 60 }), idleLoad).full, {
    cause: 'event-loop',
    message: /60 ms/,
  })
})

t.test('what is full opens again once there is room to spare', async (t) => {
  const full = assessLoad(measured({ finalWaitMs: 800 }), idleLoad)
  t.equal(assessLoad(measured({ finalWaitMs: 600 }), full).level, 'full')
  t.equal(assessLoad(measured({ finalWaitMs: 500 }), full).level, 'normal')
  t.equal(assessLoad(measured({ finalWaitMs: 600 }), idleLoad).level, 'normal')
})
