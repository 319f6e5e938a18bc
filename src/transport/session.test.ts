import { once } from 'node:events'
import t from 'tap'
import { setTimeout as delay } from 'node:timers/promises'
import {
  connect,
  outputRateHz,
  pcm,
  recognizer,
  startTestServer,
  synthesizer,
} from '../../test/voice-server.ts'

const server = await startTestServer()
t.teardown(() => server.close())
let channels = 0
const join = (query = ''): ReturnType<typeof connect> =>
  connect(server, `channelId=c${channels++}&src=en&tgt=pt${query}`)

t.test('one utterance, from ready to closed', async (t) => {
  const client = await join()
  t.match(await client.next('ready'), {
    seq: 1,
    protocol: 1,
    sessionId: /^[0-9a-f-]{36}$/,
    src: 'en',
    tgt: 'pt',
    input: { encoding: 'pcm_s16le', sampleRate: 16000, maxFrameBytes: 16000 },
    output: { encoding: 'pcm_s16le', sampleRate: outputRateHz },
    models: { recognizer: 'test-recognizer', translators: ['test-en-pt'], voices: ['ana', 'rui'] },
    limits: { idleTimeoutMs: 60000 },
  })
  client.send(pcm(250))
  t.match(await client.next('speech_start'), { segment: 1, startMs: 0 })
  const { text } = await client.next('transcript')
  t.match(text, /^I hear \d+ ms\.$/)
  t.match(await client.next('translation'), { segment: 1, text: `[pt] ${String(text)}`, language: 'pt' })
  const { sequence } = await client.next('audio_start')
  t.match(await client.next('latency'), { segment: 1, firstAudioMs: Number, queueMs: Number })
  t.match(await client.next('audio_end'), { sequence, final: true, durationMs: 100 })
  client.send({ type: 'close' })
  const { summary } = await client.next('closed')
  t.match(summary, { audioInMs: 250, droppedMs: 0, errors: 0 })
  t.equal((await client.closed()).code, 1000)
  const { audioOutMs } = summary as { audioOutMs: number }
  t.equal(client.audioBytes, (audioOutMs * outputRateHz * 2) / 1000)
  t.same(
    client.messages.map((message) => message.seq),
    client.messages.map((_, index) => index + 1),
  )
})

t.test('audio at 48 kHz is as long as at 16', async (t) => {
  const client = await join('&rate=48000')
  for (let ms = 0; ms < 400; ms += 20) client.send(pcm(20, 0.25, 48000))
  t.match(await client.next('transcript'), { text: /^I hear (19|2[0-2])\d ms\.$/ })
  client.send({ type: 'close' })
  t.match(await client.next('closed'), { summary: { audioInMs: 400 } })
})

t.test('close finishes what is in flight and takes in nothing more', async (t) => {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const held: typeof recognizer = {
    ...recognizer,
    recognize: (request, options) => released.then(() => recognizer.recognize(request, options)),
  }
  const patient = await startTestServer({ engines: { recognizer: held } })
  t.teardown(() => patient.close())
  const client = await connect(patient, 'channelId=a&src=en&tgt=pt')
  client.send(pcm(450))
  client.send({ type: 'close' })
  client.send(pcm(450))
  client.socket.ping()
  await once(client.socket, 'pong')
  release()
  t.match(await client.next('closed'), { summary: { audioInMs: 450, segments: 3, audioOutMs: 300 } })
  t.equal((await client.closed()).code, 1000)
})

t.test('flush ends the utterance now', async (t) => {
  const client = await join()
  client.send(pcm(64))
  client.send({ type: 'flush' })
  t.match(await client.next('transcript'), { text: 'I hear 64 ms.' })
  client.socket.terminate()
})

t.test('a frame of odd length is left out and the channel lives; too many end it', async (t) => {
  const client = await join()
  client.send(pcm(100).subarray(1))
  t.match(await client.next('error'), { code: 'ERR_AUDIO_FORMAT', retryable: false, message: /even/ })
  client.send(pcm(250))
  await client.next('transcript')
  for (let frame = 0; frame < 10; frame++) client.send(new Uint8Array(3))
  t.equal((await client.closed()).code, 4400)
  t.equal(client.messages.filter((message) => message.type === 'error').length, 11)
  t.match(client.messages.at(-1), { type: 'closed' })
})

t.test('a change that the channel refuses changes nothing', async (t) => {
  const stuck = { ...recognizer, recognize: (): Promise<never> => new Promise(() => undefined) }
  const server = await startTestServer({ engines: { recognizer: stuck }, config: { drainTimeoutMs: 0 } })
  t.teardown(() => server.close())
  const client = await connect(server, 'channelId=a&src=en&tgt=pt')
  for (let utterance = 0; utterance < 8; utterance++) client.send(pcm(200))
  for (let message = 0; message < 100; message++) client.send({ type: 'flush' })
  client.send({ type: 'config', src: 'pt', tgt: 'en' })
  client.send({ type: 'config', voice: 'joe' })
  client.socket.ping()
  await once(client.socket, 'pong')
  const codes = client.messages.filter(({ type }) => type === 'error').map(({ code }) => code)
  t.same([...new Set(codes)], ['ERR_QUEUE_FULL', 'ERR_VOICE'])
  t.match(client.messages.at(-1), { code: 'ERR_VOICE', message: /joe does not speak pt/ })
  client.socket.terminate()
})

t.test('an empty frame is no error', async (t) => {
  const client = await join()
  client.send(new Uint8Array(0))
  client.send({ type: 'close' })
  t.match(await client.next('closed'), { summary: { errors: 0, audioInMs: 0 } })
})

const fatal: readonly (readonly [string, string | Uint8Array, string, number])[] = [
  ['a frame that is too large', new Uint8Array(16002), 'ERR_FRAME_TOO_LARGE', 1009],
  ['a text that is too large', 'a'.repeat(16385), 'ERR_FRAME_TOO_LARGE', 1009],
  ['wrong JSON', '{"type":', 'ERR_MESSAGE', 4400],
  ['an unknown type', '{"type":"dance"}', 'ERR_MESSAGE', 4400],
  ['a wrong field', '{"type":"config","tgt":5}', 'ERR_MESSAGE', 4400],
]
for (const [name, message, code, closeCode] of fatal) {
  t.test(`${name}: ${code}, ${closeCode}`, async (t) => {
    const client = await join()
    client.socket.send(message)
    t.match(await client.next('error'), { code, retryable: false })
    t.equal((await client.closed()).code, closeCode)
    t.match(client.messages.at(-1), { type: 'closed', summary: { errors: 1 } })
  })
}

t.test('an utterance that fails is told and the channel lives', async (t) => {
  const client = await join()
  client.send(pcm(200, 0.99))
  client.send({ type: 'flush' })
  t.match(await client.next('error'), { code: 'ERR_ENGINE', segment: 1, retryable: true })
  client.send(pcm(250))
  await client.next('transcript')
  client.send({ type: 'close' })
  t.equal((await client.closed()).code, 1000)
})

t.test('speak, with and without a type', async (t) => {
  const client = await join()
  client.send({ type: 'speak', text: 'Bom dia', language: 'pt', sequence: 41 })
  t.match(await client.next('audio_start'), { text: 'Bom dia', language: 'pt', sequence: 41 })
  client.send({ text: 'Hello', language: 'en' })
  t.match(await client.next('audio_start'), { text: 'Hello', language: 'en' })
  client.send({ type: 'speak', text: 'Boa noite', voice: 'rui', speed: 1.5 })
  t.match(await client.next('audio_start'), { text: 'Boa noite', language: 'pt' })
  client.send({ type: 'speak', text: 'Hello', language: 'en', voice: 'rui' })
  t.match(await client.next('error'), { code: 'ERR_VOICE', message: /rui does not speak en/ })
  client.send({ type: 'speak', text: '¡Hola!', language: 'es' })
  t.match(await client.next('error'), { code: 'ERR_LANGUAGE', message: /Spoken languages: pt, en/ })
  client.send({ type: 'close' })
  t.equal((await client.closed()).code, 1000)
})

t.test('a change of settings holds for what comes after it', async (t) => {
  const client = await join('&voice=rui')
  client.send({ type: 'config', tgt: 'xx' })
  t.match(await client.next('error'), { code: 'ERR_LANGUAGE_PAIR', message: /en-pt, pt-en, en-es/ })
  client.send({ type: 'config', voice: 'joe' })
  t.match(await client.next('error'), { code: 'ERR_VOICE', message: /ana, rui/ })
  client.send({ type: 'config', tgt: 'es' })
  t.match(await client.next('error'), { code: 'ERR_LANGUAGE', message: /no voice for es/ })
  client.send({ type: 'config', src: 'pt', tgt: 'en' })
  client.send(pcm(250))
  t.match(await client.next('translation'), { language: 'en', text: /^\[en\]/ })
  await client.next('audio_end')
  client.send({ type: 'config', src: 'en', tgt: 'es', audio: false })
  client.send(pcm(400))
  client.send({ type: 'close' })
  await client.closed()
  t.match(
    client.messages.findLast((message) => message.type === 'translation'),
    { language: 'es' },
  )
  t.notMatch(
    client.messages.findLast((message) => message.type === 'audio_start'),
    { language: 'es' },
  )
})

t.test('who sends nothing is told and sent away; keepalive puts it off', async (t) => {
  const idleTimeoutMs = 800
  const hasty = await startTestServer({ config: { idleTimeoutMs } })
  t.teardown(() => hasty.close())
  const client = await connect(hasty, 'channelId=a&src=en&tgt=pt')
  await delay(300)
  client.send({ type: 'keepalive' })
  const lastSentAt = performance.now()
  t.match(await client.next('error'), { code: 'ERR_IDLE', retryable: true, message: /keepalive/ })
  t.ok(performance.now() - lastSentAt >= idleTimeoutMs)
  t.equal((await client.closed()).code, 4408)
})

t.test('a listener who does not read loses whole segments, is told, and keeps captions', async (t) => {
  const long = { ...synthesizer, synthesize: () => speakFor(20) }
  const wordy = await startTestServer({ engines: { synthesizers: [long] } })
  t.teardown(() => wordy.close())
  const client = await connect(wordy, 'channelId=a&src=en&tgt=pt')
  await client.next('ready')
  client.socket.pause()
  // Beyond what the kernel's buffers of both ends hold, 20 s of speech or 960 kB each.
  for (let text = 0; text < 20; text++) client.send({ type: 'speak', text: `text ${text}` })
  while (!/dropped_seconds_total [1-9]/.test(await (await fetch(`${wordy.url}/metrics`)).text()))
    await delay(20)
  client.socket.resume()
  client.send({ type: 'close' })
  const { summary } = await client.next('closed')
  const { droppedMs, audioOutMs } = summary as { droppedMs: number; audioOutMs: number }
  t.ok(droppedMs > 0, `${droppedMs} ms were given up`)
  t.equal(droppedMs % 20_000, 0, 'whole segments')
  t.equal(droppedMs + audioOutMs, 400_000)
  t.equal(client.audioBytes, audioOutMs * 48)
  const overruns = client.messages.filter((message) => message.type === 'overrun')
  t.equal(
    overruns.reduce((sum, overrun) => sum + Number(overrun['droppedMs']), 0),
    droppedMs,
  )
  const starts = client.messages.filter((message) => message.type === 'audio_start')
  const ends = client.messages.filter((message) => message.type === 'audio_end')
  t.equal(starts.length, ends.length)
})

async function* speakFor(seconds: number): AsyncGenerator<{ samples: Float32Array }> {
  for (let second = 0; second < seconds; second++) yield { samples: new Float32Array(outputRateHz).fill(0.1) }
}
