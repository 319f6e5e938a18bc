import t from 'tap'
import { contend } from './contest.ts'
import { type Contestant, takeTurns } from './turns.ts'

const quiet = { signal: new AbortController().signal, onDone: () => undefined }

t.test('contestants take turns, and who begins changes', async (t) => {
  const order: string[] = []
  const enter = (name: string): Contestant<number, string> => ({
    name,
    work: async (task) => {
      order.push(`${name}${task}`)
      return `${name} did ${task}`
    },
  })
  const runs = await takeTurns([1, 2, 3], [enter('a'), enter('b')], quiet)
  t.same(order, ['a1', 'b1', 'b2', 'a2', 'a3', 'b3'])
  t.same(runs, [
    { name: 'a', items: ['a did 1', 'a did 2', 'a did 3'] },
    { name: 'b', items: ['b did 1', 'b did 2', 'b did 3'] },
  ])
})

t.test('after an abort the tasks stay that all have done', async (t) => {
  const interrupted = new AbortController()
  const fast: Contestant<number, number> = { name: 'fast', work: async (task) => task }
  const interrupting: Contestant<number, number> = {
    name: 'interrupting',
    work: async (task) => {
      if (task === 2) interrupted.abort()
      interrupted.signal.throwIfAborted()
      return task
    },
  }
  const runs = await takeTurns([1, 2, 3], [fast, interrupting], { ...quiet, signal: interrupted.signal })
  t.same(
    runs.map(({ items }) => items),
    [[1], [1]],
  )
})

t.test(
  'a peer that cannot do the first task is left out with a line; a later failure is none of that',
  async (t) => {
    t.capture(console, 'error')
    const lines: string[] = []
    const options = { ...quiet, threads: 1, unit: 'clips', missing: (line: string) => void lines.push(line) }
    const able: Contestant<number, number> = { name: 'able', work: async (task) => 2 * task }
    const unable: Contestant<number, number> = {
      name: 'unable',
      work: () => Promise.reject(new Error('has no weights')),
    }
    const runs = await contend([1, 2], able, [unable, { ...able, name: 'other' }], options)
    t.same(runs, { ours: { name: 'able', items: [2, 4] }, peers: [{ name: 'other', items: [2, 4] }] })
    t.match(lines, [/^unable: /])
    const failing = {
      name: 'failing',
      work: async (task: number) => (task === 1 ? 1 : Promise.reject(new Error('x'))),
    }
    await t.rejects(contend([1, 2], able, [failing], options), { message: 'x' })
    t.same(await contend([], able, [], options), { ours: { name: 'able', items: [] }, peers: [] })
  },
)
