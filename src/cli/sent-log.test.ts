import t from 'tap'
import { SentLog } from './sent-log.ts'

function takeAll(log: SentLog): unknown[] {
  const taken: unknown[] = []
  for (let item = log.take(); item !== undefined; item = log.take()) taken.push(item)
  return taken
}

t.test('what the server has not received is taken again, in order', async (t) => {
  const log = new SentLog(100)
  for (const item of ['a', 'b', 'c']) log.push(item)
  t.same(takeAll(log), ['a', 'b', 'c'])
  t.equal(log.rewind(1), 0)
  log.push('d')
  t.same(takeAll(log), ['b', 'c', 'd'])
  t.equal(log.rewind(4), 0)
  t.same(takeAll(log), [])
})

t.test('beyond its size the oldest go, and that is told', async (t) => {
  const log = new SentLog(30)
  for (let item = 0; item < 5; item++) log.push(new Uint8Array(10).fill(item))
  t.equal(log.rewind(0), 2)
  t.same(
    takeAll(log).map((item) => (item as Uint8Array)[0]),
    [2, 3, 4],
  )
})
