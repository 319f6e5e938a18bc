import t from 'tap'
import { VoxbridgeError } from '../errors.ts'
import { ReportQueue, type ReportQueueOptions } from './report-queue.ts'

function createQueue(
  options: Pick<ReportQueueOptions<number>, 'send'> & Partial<ReportQueueOptions<number>>,
) {
  const lines: string[] = []
  const log = {
    info: (line: string) => void lines.push(`info ${line}`),
    warn: (line: string) => void lines.push(`warn ${line}`),
  }
  const { signal } = new AbortController()
  const queue = new ReportQueue<number>({
    capacity: 4,
    receiver: 'The collector',
    log: log as never,
    signal,
    ...options,
  })
  return { queue, lines }
}

t.test('all that waits is sent, in batches, and what comes meanwhile', async (t) => {
  const sent: (readonly number[])[] = []
  const { queue } = createQueue({
    maxBatch: 2,
    send: async (reports) => {
      sent.push(reports)
      if (sent.length === 1) queue.add(4)
    },
  })
  for (const report of [1, 2, 3]) queue.add(report)
  await queue.flush()
  t.same(sent, [
    [1, 2],
    [3, 4],
  ])
  t.equal(queue.size, 0)
})

t.test('while the receiver is away the newest are kept, and it is told of once', async (t) => {
  let away = true
  const sent: number[] = []
  const { queue, lines } = createQueue({
    send: async (reports) => {
      if (away) throw new VoxbridgeError('ERR_OTLP', 'It is away.')
      sent.push(...reports)
    },
  })
  for (const report of [1, 2, 3, 4, 5, 6]) {
    queue.add(report)
    await queue.flush()
  }
  t.same(lines, ['warn It is away. The server goes on without it.'])
  away = false
  await queue.flush()
  t.same(sent, [3, 4, 5, 6])
  t.equal(lines.at(-1), 'info The collector is back; 2 reports were given up.')
})

t.test('what is refused is not sent again', async (t) => {
  const sent: number[] = []
  const { queue, lines } = createQueue({
    send: async (reports) => {
      if (reports.includes(1)) throw new VoxbridgeError('ERR_OTLP_REFUSED', 'No.')
      sent.push(...reports)
    },
  })
  queue.add(1)
  await queue.flush()
  queue.add(2)
  await queue.flush()
  t.same(sent, [2])
  t.same(lines, [
    'warn No. The server goes on without it.',
    'info The collector is back; 1 reports were given up.',
  ])
})

t.test('who adds a report does not wait for a receiver that hangs', async (t) => {
  let sendings = 0
  const { queue } = createQueue({
    send: () => {
      sendings++
      return new Promise(() => undefined)
    },
  })
  for (let report = 0; report < 10; report++) {
    queue.add(report)
    void queue.flush()
  }
  t.equal(sendings, 1)
  t.equal(queue.size, 4)
})
