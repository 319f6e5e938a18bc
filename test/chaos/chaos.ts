/**
 * Breaks the server's workers and its clients' connections at random while people speak, and counts what became of
 * everything that they said.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { between, createRandom, type Random } from '../../bench/seeded-random.ts'
import { ServerApi } from '../../bench/server-api.ts'
import { readWav } from '../../src/cli/wav.ts'
import { ChaosServer, type Mishap, type MishapKind, mishapKinds, type WorkerEvent } from './chaos-server.ts'
import type { Fate } from './ledger.ts'
import { startRoughProxy } from './rough-proxy.ts'
import { Speaker } from './speaker.ts'

export interface ChaosOptions {
  readonly seconds: number
  /** Of everything that is left to chance, but for what the machine makes of it. */
  readonly seed: number
  readonly channels: number
  /** Told in one line what happens. */
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

export interface Kill extends Mishap {
  /** Utterances that were being said, or not yet answered. */
  readonly inFlight: number
  /** From the mishap until a new worker was there; undefined where nobody noticed, because nobody asked. */
  readonly backMs: number | undefined
}

export interface ChaosReport {
  readonly kills: readonly Kill[]
  /** Requests that a new worker was given again. */
  readonly retried: number
  readonly fates: readonly Fate[]
  /** Finals or audio that came more than once on a connection. */
  readonly twice: number
  readonly cuts: number
  readonly stalls: number
  readonly refusals: readonly string[]
  /** What ended connections, by their clients' words. */
  readonly endings: readonly string[]
  readonly residentMb: { readonly before: number; readonly after: number }
}

/** The ones that every conversation of ours needs. */
const engines = ['smart-turn', 'whisper', 'marian', 'hibari', 'fastspeech2'] as const
const calmMs = [4000, 10_000] as const
/** Nothing is broken so shortly before the end: what comes then is to be answered. */
const lastCalmMs = 3000
const speakers = [
  { src: 'en', tgt: 'pt', file: 'samples/hello-en.wav' },
  { src: 'pt', tgt: 'en', file: 'samples/hello-pt.wav' },
] as const

/** @throws VoxbridgeError where the server ends. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seconds, seed, channels, log, signal } = options
  const server = await ChaosServer.start()
  const api = new ServerApi(server.url)
  const proxy = await startRoughProxy(
    Number(server.url.port),
    { jitterMs: 60, cutAfterMs: [8000, 60_000], slowShare: 0.3, stallMs: [3000, 10_000] },
    createRandom(seed),
  )
  try {
    const before = await residentMb(api)
    const people = await Promise.all(
      Array.from({ length: channels }, async (_, channel) => {
        const { src, tgt, file } = speakers[channel % speakers.length] as (typeof speakers)[number]
        const random = createRandom(seed * 1000 + channel)
        const address = new URL(`http://127.0.0.1:${proxy.port}/`)
        return new Speaker({
          ...{ server: address, name: file, src, tgt, clip: await readWav(file), random, signal },
        })
      }),
    )
    const until = performance.now() + seconds * 1000
    const talking = Promise.all(people.map((person) => person.talk(until)))
    const breaking = breakWorkers(server, { people, until, random: createRandom(seed + 1), log, signal })
    const calming = delay(seconds * 1000, undefined, { signal }).then(() => proxy.calm())
    await Promise.race([Promise.all([talking, breaking, calming]), server.gone])
    return {
      kills: (await breaking).map((kill) => ({ ...kill, backMs: backAfter(kill, server.events) })),
      retried: server.events.filter(({ again }) => again).length,
      fates: people.flatMap(({ fates }) => fates),
      twice: people.reduce((sum, { twice }) => sum + twice, 0),
      cuts: proxy.cuts,
      stalls: proxy.stalls,
      refusals: people.flatMap(({ refusals }) => refusals),
      endings: people.flatMap(({ endings }) => endings),
      residentMb: { before, after: await residentMb(api) },
    }
  } finally {
    await proxy.close()
    await server.close()
  }
}

interface BreakOptions {
  readonly people: readonly Speaker[]
  readonly until: number
  readonly random: Random
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

type TimedKill = Omit<Kill, 'backMs'> & { readonly at: number }

async function breakWorkers(server: ChaosServer, options: BreakOptions): Promise<TimedKill[]> {
  const { people, until, random, log, signal } = options
  const kills: TimedKill[] = []
  for (;;) {
    await delay(between(random, ...calmMs), undefined, { signal })
    const at = performance.now()
    if (at > until - lastCalmMs) return kills
    // One that is still to be brought back is left alone: it would not notice.
    const whole = engines.filter((engine) => kills.every((kill) => isOver(kill, engine, server.events)))
    const engine = whole[Math.floor(random() * whole.length)]
    const kind = chooseKind(random)
    if (engine === undefined) continue
    server.cause({ engine, kind })
    const inFlight = people.reduce((sum, person) => sum + person.inFlight, 0)
    kills.push({ engine, kind, at, inFlight })
    log(`${engine}: ${kind}, ${inFlight} utterances in flight`)
  }
}

/** Filling the memory takes the whole machine for seconds, so it is rare. */
function chooseKind(random: Random): MishapKind {
  const weights: Record<MishapKind, number> = { crash: 3, exit: 3, hang: 3, hoard: 1 }
  const kinds = mishapKinds.flatMap((kind) => Array<MishapKind>(weights[kind]).fill(kind))
  return kinds[Math.floor(random() * kinds.length)] ?? 'crash'
}

function isOver(kill: TimedKill, engine: string, events: readonly WorkerEvent[]): boolean {
  return kill.engine !== engine || backAfter(kill, events) !== undefined
}

function backAfter({ engine, at }: TimedKill, events: readonly WorkerEvent[]): number | undefined {
  const back = events.find((event) => event.engine === engine && event.what === 'back' && event.at > at)
  return back && back.at - at
}

async function residentMb(api: ServerApi): Promise<number> {
  return ((await api.metrics()).get('process_resident_memory_bytes') ?? NaN) / 1e6
}
