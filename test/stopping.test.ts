/** How the program ends when it is asked to, in the middle of work. */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Conversation } from '../bench/conversation.ts'
import { readWav } from '../src/cli/wav.ts'
import { encodeWav } from '../src/transport/wav.ts'
import { startServer } from './server.ts'

const { signal } = new AbortController()
const clip = await readWav('samples/hello-pt.wav')

t.test('a signal lets conversations finish, and tells them', async (t) => {
  const { url, child } = await startServer(t, { DRAIN_TIMEOUT_S: '60' })
  const conversation = await Conversation.open(url, {
    src: 'pt',
    tgt: 'en',
    sampleRate: clip.sampleRate,
    signal,
  })
  const { client } = conversation
  await conversation.tell(clip)
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const told = await client.waitFor(({ type }) => type === 'error', { signal })
  t.match(told.message, { code: 'ERR_NOT_READY', message: /going away/ })
  await client.waitFor(({ type }) => type === 'closed', { signal })
  t.match(client.all('transcript').at(-1), { final: true })
  t.match(client.all('audio_end').at(-1), { final: true })
  t.same(await exited, [0, null])
})

t.test('a second signal ends it at once, whatever a model is doing', async (t) => {
  const { url, child } = await startServer(t, { DRAIN_TIMEOUT_S: '60' })
  const minutes = new Int16Array(60 * clip.sampleRate)
  for (let start = 0; start < minutes.length; start += clip.pcm.length) {
    minutes.set(clip.pcm.subarray(0, minutes.length - start), start)
  }
  const body = encodeWav(minutes, clip.sampleRate) as Uint8Array<ArrayBuffer>
  const cut = t.rejects(fetch(new URL('transcribe?src=pt', url), { method: 'POST', body }))
  await delay(500)
  const exited = once(child, 'exit')
  child.kill('SIGINT')
  await delay(100)
  child.kill('SIGINT')
  t.same(await exited, [null, 'SIGKILL'])
  await cut
})
