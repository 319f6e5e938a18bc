/** The short form of `npm run test:chaos`. */
import t from 'tap'
import { runChaos } from './chaos/chaos.ts'
import { readEvent } from './chaos/chaos-server.ts'
import { countInFlight, countTwice, fatesOf } from './chaos/ledger.ts'
import { countLost, formatReport } from './chaos/report.ts'
import type { Received } from '../src/cli/stream-client.ts'
import type { ServerMessage } from '../src/cli/server-messages.ts'
import { build } from './server.ts'

/** Messages that came a second apart. */
function received(...messages: readonly Record<string, unknown>[]): Received[] {
  return messages.map((message, index) => ({
    at: 1000 * index,
    message: message as unknown as ServerMessage,
  }))
}

const start = { type: 'speech_start', segment: 1, startMs: 100 }
const heard = { type: 'transcript', segment: 1, final: true, text: 'Hi.' }
const utterances = [{ name: 'hi', startMs: 0, speechMs: 500, endedAt: 500 }]

t.test('what became of an utterance', async (t) => {
  const fate = (messages: readonly Record<string, unknown>[], complete = true): string | undefined =>
    fatesOf({ utterances, received: received(...messages), complete })[0]
  t.equal(fate([start, heard, { type: 'audio_end', segment: 1, final: true }]), 'answered')
  t.equal(fate([start, { ...heard, text: '' }]), 'answered')
  t.equal(fate([start, heard, { type: 'error', segment: 1 }]), 'failed')
  t.equal(fate([start, heard, { type: 'audio_end', segment: 1, final: false }]), 'lost')
  t.equal(fate([]), 'lost')
  t.equal(fate([start, heard], false), 'cut')
  t.equal(fate([start, { type: 'overrun' }]), 'given up')
  t.equal(countInFlight({ utterances, received: received(start, heard) }, 1e6), 1)
  t.equal(countTwice(received(start, heard, heard)), 1)
})

t.test('the log is understood', async (t) => {
  const line = '{"msg":"The engine marian stopped: chaos. A new worker does again what it was doing."}'
  t.same(readEvent(line, 5), { at: 5, engine: 'marian', what: 'lost', again: true })
  t.match(readEvent('{"msg":"The engine marian runs again after 0.5 s."}'), { what: 'back' })
  t.equal(readEvent('{"msg":"Ready after 2.1 s."}'), undefined)
})

t.test('workers die, connections break, and nothing is lost without a word', async (t) => {
  await build()
  const { signal } = new AbortController()
  const report = await runChaos({ seconds: 15, seed: 1, channels: 2, log: (line) => t.comment(line), signal })
  t.comment(formatReport(report))
  t.ok(report.kills.length > 0)
  t.ok(report.fates.includes('answered'))
  t.equal(countLost(report), 0)
  t.equal(report.twice, 0)
})
