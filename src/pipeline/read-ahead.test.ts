import { setImmediate } from 'node:timers/promises'
import { pipe } from 'it-pipe'
import t from 'tap'
import { readAhead } from './read-ahead.ts'

/** Counts up, writing down when each number is made and when the source is released. */
async function* numbers(count: number, journal: string[]): AsyncGenerator<number> {
  try {
    for (let number = 0; number < count; number++) {
      journal.push(`made ${number}`)
      yield number
    }
  } finally {
    journal.push('released')
  }
}

void t.test('the stage before works while the one after is busy, at most `capacity` ahead', async (t) => {
  const journal: string[] = []
  for await (const number of pipe(numbers(5, journal), readAhead<number>({ capacity: 2 }))) {
    await setImmediate()
    journal.push(`used ${number}`)
  }
  t.same(
    journal.filter((line) => line.startsWith('used')),
    [0, 1, 2, 3, 4].map((number) => `used ${number}`),
    'order is kept',
  )
  t.ok(journal.indexOf('made 2') < journal.indexOf('used 0'), 'two are made while the first is used')
  t.ok(journal.indexOf('made 3') > journal.indexOf('used 0'), 'and no more')
})

void t.test('without it the stages take turns', async (t) => {
  const journal: string[] = []
  for await (const number of numbers(2, journal)) {
    await setImmediate()
    journal.push(`used ${number}`)
  }
  t.same(journal, ['made 0', 'used 0', 'made 1', 'used 1', 'released'])
})

void t.test('weights bound what waits', async (t) => {
  const journal: string[] = []
  const stage = readAhead<number>({ capacity: 100, weigh: () => 100 })
  const reader = pipe(numbers(5, journal), stage)[Symbol.asyncIterator]()
  await reader.next()
  await setImmediate()
  t.same(journal, ['made 0', 'made 1'])
  await reader.return?.()
})

void t.test('an error comes after the items before it', async (t) => {
  async function* failing(): AsyncGenerator<number> {
    yield 1
    throw new Error('broken')
  }
  const seen: number[] = []
  const reading = async () => {
    for await (const number of pipe(failing(), readAhead<number>({ capacity: 4 }))) seen.push(number)
  }
  await t.rejects(reading(), { message: 'broken' })
  t.same(seen, [1])
})

void t.test('a reader who leaves releases the source', async (t) => {
  const journal: string[] = []
  for await (const number of pipe(numbers(9, journal), readAhead<number>({ capacity: 2 }))) {
    if (number === 1) break
  }
  t.equal(journal.at(-1), 'released')
  t.notOk(journal.includes('made 5'))
})

void t.test('an abort ends a reader that waits and a writer that waits', async (t) => {
  const controller = new AbortController()
  const { signal } = controller
  const journal: string[] = []
  const full = pipe(numbers(9, journal), readAhead<number>({ capacity: 1, signal }))[Symbol.asyncIterator]()
  await full.next()

  const silence = async function* (): AsyncGenerator<number> {
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('silenced'))))
    yield 0
  }
  const empty = pipe(silence(), readAhead<number>({ capacity: 1, signal }))
    [Symbol.asyncIterator]()
    .next()

  controller.abort(new Error('enough'))
  await t.rejects(empty, { message: 'enough' })
  await t.rejects(full.next(), { message: 'enough' })
  t.equal(journal.at(-1), 'released')
})
