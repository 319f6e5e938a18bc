import t from 'tap'
import { BoundedQueue, type OverflowRule } from './bounded-queue.ts'

interface Parcel {
  readonly name: string
  readonly weight: number
}

const parcel = (name: string, weight: number): Parcel => ({ name, weight })

/** Gives up the oldest. */
const oldest: OverflowRule<Parcel> = (waiting, excess) => {
  let rest = excess
  return waiting
    .filter(({ weight }) => {
      const given = rest > 0
      rest -= weight
      return given
    })
    .map((item) => ({ item, reason: 'old' }))
}

function createQueue(signal = new AbortController().signal): BoundedQueue<Parcel> {
  return new BoundedQueue({
    capacity: 10,
    weigh: ({ weight }) => weight,
    overflow: oldest,
    report: (lost, reason) => parcel(`lost ${lost}: ${reason}`, 0),
    maxWeightless: 2,
    signal,
  })
}

async function read(queue: BoundedQueue<Parcel>): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of queue) names.push(name)
  return names
}

void t.test('gives items in order, those that wait and those that come later', async (t) => {
  const queue = createQueue()
  queue.push(parcel('a', 4))
  const reading = read(queue)
  await Promise.resolve()
  queue.push(parcel('b', 4))
  t.ok(queue.push(parcel('c', 0)))
  queue.end()
  t.notOk(queue.push(parcel('d', 1)), 'nothing is taken after the end')
  t.same(await reading, ['a', 'b', 'c'])
  t.equal(queue.weight, 0)
})

void t.test(
  'reports what was given up, before the rest, and never gives up what weighs nothing',
  async (t) => {
    const queue = createQueue()
    for (const item of [parcel('flush', 0), parcel('a', 4), parcel('b', 4), parcel('c', 4), parcel('d', 6)]) {
      queue.push(item)
      t.ok(queue.weight <= 10)
    }
    queue.end()
    t.same(await read(queue), ['lost 8: old', 'flush', 'c', 'd'])
  },
)

void t.test('refuses items without weight beyond their limit until some are read', async (t) => {
  const queue = createQueue()
  t.ok(queue.push(parcel('a', 0)))
  t.ok(queue.push(parcel('b', 0)))
  t.notOk(queue.push(parcel('c', 0)))
  const iterator = queue[Symbol.asyncIterator]()
  t.equal((await iterator.next()).value?.name, 'a')
  t.ok(queue.push(parcel('d', 0)))
  await iterator.return(undefined)
})

void t.test('an abort wakes the reader with its reason', async (t) => {
  const controller = new AbortController()
  const reading = read(createQueue(controller.signal))
  controller.abort(new Error('enough'))
  await t.rejects(reading, { message: 'enough' })
})

void t.test('a reader who leaves closes the queue', async (t) => {
  const queue = createQueue()
  queue.push(parcel('a', 1))
  for await (const { name } of queue) {
    t.equal(name, 'a')
    break
  }
  t.notOk(queue.push(parcel('b', 1)))
})
