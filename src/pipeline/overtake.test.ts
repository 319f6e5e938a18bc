import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { overtake } from './overtake.ts'

type Item = { readonly kind: 'caption' | 'sentence' | 'order'; readonly number: number }

function item(kind: Item['kind'], number: number): Item {
  return { kind, number }
}

interface Scene {
  readonly input: AsyncIterable<Item>
  /** What the stage does before it gives an item back, upper-cased. */
  readonly work?: (number: number) => Promise<void>
  readonly capacity?: number
  readonly outputCapacity?: number
  readonly signal?: AbortSignal
}

/** Captions pass, orders are worked on, sentences do both. */
function lanes({ input, work, capacity = 8, outputCapacity = 8, signal }: Scene): AsyncIterable<string> {
  const stage = overtake<Item, Item, Item, string>({
    async *stage(source) {
      for await (const { kind, number } of source) {
        await work?.(number)
        yield `${kind.toUpperCase()} ${number}`
      }
    },
    takes: (item): item is Item => item.kind !== 'caption',
    passes: (item): item is Item => item.kind !== 'order',
    capacity,
    output: { capacity: outputCapacity },
    ...(signal ? { signal } : {}),
  })
  return (async function* () {
    for await (const out of stage(input)) yield typeof out === 'string' ? out : `${out.kind} ${out.number}`
  })()
}

async function* from(items: readonly Item[], journal: string[] = []): AsyncGenerator<Item> {
  try {
    for (const item of items) {
      journal.push(`made ${item.number}`)
      yield item
    }
  } finally {
    journal.push('released')
  }
}

async function collect(source: AsyncIterable<string>): Promise<string[]> {
  const seen: string[] = []
  for await (const text of source) seen.push(text)
  return seen
}

void t.test('captions overtake the slow stage, each lane keeps its order, nothing is lost', async (t) => {
  const kinds = ['sentence', 'caption', 'order', 'sentence', 'caption'] as const
  const input = from(kinds.map(item))
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  const reading = collect(
    (async function* () {
      for await (const text of lanes({ input, work: () => opened })) {
        if (text === 'caption 4') open()
        yield text
      }
    })(),
  )
  t.same(await reading, [
    'sentence 0',
    'caption 1',
    'sentence 3',
    'caption 4',
    'SENTENCE 0',
    'ORDER 2',
    'SENTENCE 3',
  ])
})

void t.test('the source waits when enough items wait for the stage', async (t) => {
  const journal: string[] = []
  const input = from(
    [0, 1, 2, 3, 4, 5].map((number) => item('order', number)),
    journal,
  )
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  const reading = collect(lanes({ input, capacity: 2, work: () => opened }))
  for (let turn = 0; turn < 20; turn++) await setImmediate()
  t.same(journal, ['made 0', 'made 1', 'made 2'], 'one in the stage and two waiting')
  open()
  t.equal((await reading).length, 6)
})

void t.test('an error of the source comes after what went before it', async (t) => {
  async function* failing(): AsyncGenerator<Item> {
    yield item('sentence', 0)
    throw new Error('broken')
  }
  const seen: string[] = []
  const reading = async () => {
    for await (const text of lanes({ input: failing() })) seen.push(text)
  }
  await t.rejects(reading(), { message: 'broken' })
  t.same(seen, ['sentence 0', 'SENTENCE 0'])
})

void t.test('an error of the stage ends both lanes and releases the source', async (t) => {
  const journal: string[] = []
  const input = from(
    [0, 1, 2, 3].map((number) => item('order', number)),
    journal,
  )
  const work = async (number: number) => {
    if (number === 1) throw new Error('no voice')
  }
  await t.rejects(collect(lanes({ input, work, capacity: 1 })), { message: 'no voice' })
  t.equal(journal.at(-1), 'released')
})

void t.test('a reader who leaves, and an abort, release the source', async (t) => {
  for (const leave of ['early', 'aborted'] as const) {
    const journal: string[] = []
    const controller = new AbortController()
    const input = from(
      [0, 1, 2, 3, 4, 5, 6, 7].map((number) => item('sentence', number)),
      journal,
    )
    const scene = { input, capacity: 1, outputCapacity: 1, signal: controller.signal }
    const reading = async () => {
      for await (const text of lanes(scene)) {
        if (leave === 'aborted') controller.abort(new Error('enough'))
        else if (text === 'sentence 1') break
      }
    }
    if (leave === 'aborted') await t.rejects(reading(), { message: 'enough' })
    else await reading()
    t.equal(journal.at(-1), 'released', leave)
    t.notOk(journal.includes('made 7'), leave)
  }
})
