import t from 'tap'
import { VoxbridgeError } from '../../errors.ts'
import { TransientFault, withRetries } from './retry.ts'

const patience = { attempts: 3, firstWaitMs: 1, longestWaitMs: 50, silenceMs: 1000 }
const signal = new AbortController().signal
const outcome = new VoxbridgeError('ERR_MODEL_FETCH', 'It does not pass.')

/** Fails so often, then succeeds. */
function failing(times: number, fault: Error): { action: () => Promise<string>; calls: () => number } {
  let calls = 0
  return {
    calls: () => calls,
    async action() {
      calls += 1
      if (calls <= times) throw fault
      return 'done'
    },
  }
}

t.test('what passes is tried again, what does not is given up with its outcome', async (t) => {
  const passing = failing(2, new TransientFault(outcome))
  t.equal(await withRetries(passing.action, { signal, patience }), 'done')
  const lasting = failing(3, new TransientFault(outcome))
  await t.rejects(withRetries(lasting.action, { signal, patience }), outcome)
  t.equal(lasting.calls(), 3)
  const final = failing(1, outcome)
  await t.rejects(withRetries(final.action, { signal, patience }), outcome)
  t.equal(final.calls(), 1)
})

t.test('whoever makes progress is tried on', async (t) => {
  const { action, calls } = failing(10, new TransientFault(outcome))
  t.equal(await withRetries(action, { signal, patience, progress: calls }), 'done')
})

t.test('nobody waits longer than is reasonable, nor after an abort', async (t) => {
  const { action, calls } = failing(1, new TransientFault(outcome, 51))
  await t.rejects(withRetries(action, { signal, patience }), outcome)
  t.equal(calls(), 1)
  const waiting = failing(1, new TransientFault(outcome, 5000))
  const controller = new AbortController()
  const options = { signal: controller.signal, patience: { ...patience, longestWaitMs: 5000 } }
  const retrying = withRetries(waiting.action, options)
  controller.abort()
  await t.rejects(retrying, { name: 'AbortError' })
})
