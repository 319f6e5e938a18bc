import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocketServer, type WebSocket } from 'ws'
import { Microphone } from './microphone.ts'
import { StreamClient } from './stream-client.ts'

const ready = {
  type: 'ready',
  seq: 1,
  protocol: 1,
  sessionId: 's',
  channelId: 'c',
  src: 'en',
  tgt: 'pt',
  input: { encoding: 'pcm_s16le', sampleRate: 16000, maxFrameBytes: 65536 },
  output: { encoding: 'pcm_s16le', sampleRate: 24000 },
}
const parameters = { channelId: 'c', src: 'en', tgt: 'pt' }
const signal = new AbortController().signal

/** A peer that speaks the protocol's words and leaves the rest to the test. */
async function listen(t: Test, talk: (socket: WebSocket, url: string) => void): Promise<URL> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket, request) => talk(socket, request.url ?? ''))
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

const say = (socket: WebSocket, message: object): void => socket.send(JSON.stringify(message))

t.test('parameters, messages and audio arrive as they were sent', async (t) => {
  let url = ''
  const server = await listen(t, (socket, requested) => {
    url = requested
    say(socket, ready)
    say(socket, {
      type: 'audio_start',
      seq: 2,
      segment: 0,
      sequence: 0,
      language: 'pt',
      text: 'Olá',
      sampleRate: 24000,
    })
    socket.send(new Uint8Array(Int16Array.of(1, -2, 300).buffer))
    socket.send(new Uint8Array(Int16Array.of(-32768).buffer))
    say(socket, { type: 'audio_end', seq: 3, segment: 0, sequence: 0, durationMs: 1, final: true })
    socket.on('message', (data: Buffer) => {
      if (!data.toString().includes('close')) return
      say(socket, { type: 'closed', seq: 4, reason: 'done', summary: { segments: 1 } })
      socket.close(1000)
    })
  })
  const client = await StreamClient.connect(
    server,
    { ...parameters, rate: 8000, partials: false },
    { signal },
  )
  await client.waitFor(({ type }) => type === 'audio_end', { signal })
  const closed = await client.finish({ signal })
  t.equal(url, '/ws?channelId=c&src=en&tgt=pt&rate=8000&partials=0')
  t.same(closed.summary, { segments: 1 })
  t.same(
    client.received.map(({ message }) => message.seq),
    [1, 2, 3, 4],
  )
  const [clause] = client.clauses
  t.equal(clause?.text, 'Olá')
  t.same(
    clause?.pieces.map(({ pcm }) => [...pcm]),
    [[1, -2, 300], [-32768]],
  )
})

t.test('a path in front of the server is kept', async (t) => {
  let url = ''
  const server = await listen(t, (socket, requested) => {
    url = requested
    say(socket, ready)
  })
  const client = await StreamClient.connect(new URL('voice', server), parameters, { signal })
  client.terminate()
  t.match(url, /^\/voice\/ws\?/)
})

t.test('a refusal carries the code and the words of the server', async (t) => {
  const http = createServer().on('upgrade', (_request, socket) => {
    const body = JSON.stringify({ error: { code: 'ERR_LANGUAGE_PAIR', message: 'loaded are en-pt, pt-en' } })
    socket.end(`HTTP/1.1 400 Bad Request\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.teardown(() => http.close())
  const server = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`)
  await t.rejects(StreamClient.connect(server, parameters, { signal }), {
    code: 'ERR_LANGUAGE_PAIR',
    message: 'loaded are en-pt, pt-en',
  })
})

t.test('an end out of order is an error for everybody who waits', async (t) => {
  const server = await listen(t, (socket) => {
    say(socket, ready)
    socket.on('message', () => {
      say(socket, {
        type: 'error',
        seq: 2,
        code: 'ERR_FRAME_TOO_LARGE',
        message: 'too large',
        retryable: false,
      })
      socket.close(1009)
    })
  })
  const client = await StreamClient.connect(server, parameters, { signal })
  const waiting = client.waitFor(({ type }) => type === 'transcript', { signal })
  client.sendAudio(new Int16Array(10))
  await t.rejects(waiting, { code: 'ERR_FRAME_TOO_LARGE', message: 'too large' })
  await t.rejects(
    client.waitFor(({ type }) => type === 'translation', { signal }),
    { code: 'ERR_FRAME_TOO_LARGE' },
  )
  await t.rejects(client.finish({ signal }), { code: 'ERR_FRAME_TOO_LARGE' })
})

t.test('audio that belongs to nothing ends the connection', async (t) => {
  const server = await listen(t, (socket) => {
    say(socket, ready)
    socket.send(new Uint8Array(4))
  })
  const client = await StreamClient.connect(server, parameters, { signal })
  await t.rejects(
    client.waitFor(() => false, { signal }),
    { code: 'ERR_MESSAGE' },
  )
})

t.test('speech whose beginning is lost is left out after a drop', async (t) => {
  const urls: string[] = []
  const start = {
    type: 'audio_start',
    segment: 2,
    sequence: 1,
    language: 'pt',
    text: 'Sim',
    sampleRate: 24000,
  }
  const server = await listen(t, (socket, url) => {
    urls.push(url)
    if (urls.length === 1) {
      say(socket, { ...ready, limits: { resumeWindowMs: 5000 } })
      say(socket, { ...start, seq: 2 })
      socket.send(new Uint8Array(4))
      return void setTimeout(() => socket.terminate(), 50)
    }
    const resumed = { lostMessages: 3, lostAudioMs: 1, audioSamples: 26 }
    say(socket, { ...ready, seq: 5, received: { messages: 0, samples: 0 }, resumed })
    socket.send(new Uint8Array(6))
    say(socket, { ...start, seq: 6 })
    socket.send(new Uint8Array(8))
  })
  const client = await StreamClient.connect(server, parameters, { signal })
  client.sendAudio(new Int16Array(3))
  const [loss] = await once(client, 'resumed', { signal })
  while (client.clauses[1]?.pieces.length !== 1) await once(client, 'audio', { signal })
  t.same(loss, { lostMessages: 3, lostAudioMs: 1, unsentMessages: 0 })
  t.equal(urls[1], '/ws?sessionId=s&lastSeq=2&audioSamples=2')
  t.same(
    client.clauses.map(({ pieces }) => pieces.map(({ pcm }) => pcm.length)),
    [[2], [4]],
  )
  client.terminate()
})

t.test('messages of a later version are passed over', async (t) => {
  const server = await listen(t, (socket) => {
    say(socket, ready)
    say(socket, { type: 'weather', seq: 2, degrees: 21 })
    say(socket, { type: 'load', seq: 3, level: 'partials-off', partialStepMs: null })
  })
  const client = await StreamClient.connect(server, parameters, { signal })
  const { message } = await client.waitFor(({ type }) => type === 'load', { signal })
  t.match(message, { level: 'partials-off', partialStepMs: null })
  t.equal(client.received.length, 3)
  client.terminate()
})

t.test('a server that is gone and a wait that is given up', async (t) => {
  const server = await listen(t, (socket) => socket.terminate())
  await t.rejects(StreamClient.connect(server, parameters, { signal }), { code: 'ERR_INTERNAL' })
  const silent = await listen(t, () => undefined)
  const impatient = AbortSignal.timeout(50)
  await t.rejects(StreamClient.connect(silent, parameters, { signal: impatient }), { code: 'ERR_ABORTED' })
})

t.test(
  'the microphone says its clips whole, in order, in frames of 20 ms, with silence around',
  async (t) => {
    const frames: Int16Array[] = []
    const off = new AbortController()
    const microphone = new Microphone({ sampleRate: 16000, speed: 50, send: (pcm) => frames.push(pcm) })
    const running = microphone.run({ signal: off.signal })
    const first = Int16Array.from({ length: 1000 }, (_, index) => index + 1)
    const second = Int16Array.from({ length: 700 }, (_, index) => -index - 1)
    const [one, two] = await Promise.all([microphone.say(first), microphone.say(second)])
    const third = await microphone.say(Int16Array.of(7))
    off.abort()
    await running
    t.ok(frames.every(({ length }) => length === 320))
    const sent = frames.flatMap((frame) => [...frame])
    const firstAt = one.startMs * 16
    t.same(sent.slice(firstAt, firstAt + 1700), [...first, ...second])
    t.equal(two.startMs, one.startMs + 62.5)
    t.equal(sent[third.startMs * 16], 7)
    t.equal(sent.filter((sample) => sample === 0).length, sent.length - 1701)
    t.ok(Math.abs(two.startedAt - one.startedAt - 62.5 / 50) < 1e-6)
  },
)
