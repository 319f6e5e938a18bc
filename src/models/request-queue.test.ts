import t from 'tap'
import { RequestQueue } from './request-queue.ts'

t.test('finals go before partials, fair within each', async (t) => {
  const queue = new RequestQueue<string>(10)
  queue.push('partial of a', { priority: 1, channel: 'a' })
  queue.push('first final of a', { priority: 0, channel: 'a' })
  queue.push('second final of a', { priority: 0, channel: 'a' })
  queue.push('final of b', { priority: 0, channel: 'b' })
  queue.push('partial of b', { priority: 1, channel: 'b' })
  t.equal(queue.size, 5)
  t.same(queue.drain(), [
    'first final of a',
    'final of b',
    'second final of a',
    'partial of a',
    'partial of b',
  ])
  t.equal(queue.size, 0)
})

t.test('requests without a channel take turns as one', async (t) => {
  const queue = new RequestQueue<string>(10)
  for (const name of ['http 1', 'http 2', 'http 3']) queue.push(name, { priority: 1, channel: undefined })
  for (const name of ['a 1', 'a 2']) queue.push(name, { priority: 1, channel: 'a' })
  t.same(queue.drain(), ['http 1', 'a 1', 'http 2', 'a 2', 'http 3'])
})

t.test('a full queue refuses, until something is taken back', async (t) => {
  const queue = new RequestQueue<string>(2)
  queue.push('one', { priority: 0, channel: 'a' })
  queue.push('two', { channel: 'b', priority: 1 })
  t.throws(() => queue.push('three', { priority: 0, channel: undefined }), {
    code: 'ERR_QUEUE_FULL',
    message: /2 requests wait already/,
  })
  queue.remove('one')
  queue.push('three', { priority: 0, channel: undefined })
  t.same(queue.drain(), ['three', 'two'])
})
