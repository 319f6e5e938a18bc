/** A client whose connection falls and that comes back. */
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import {
  connect,
  pcm,
  recognizer,
  refusal,
  startTestServer,
  synthesizer,
  type ServerMessage,
  type TestClient,
  type TestServer,
  type TestServerOptions,
} from '../../test/voice-server.ts'

async function start(t: Test, options?: TestServerOptions): Promise<TestServer> {
  const server = await startTestServer(options)
  t.teardown(() => server.close())
  return server
}

const first = (server: TestServer): Promise<TestClient> => connect(server, 'channelId=a&src=en&tgt=pt')
const sessionOf = async (client: TestClient): Promise<string> =>
  String((await client.next('ready'))['sessionId'])

/** As a client comes back that has received all that `clients` have, one after the other. */
function resumeQuery(sessionId: string, ...clients: readonly TestClient[]): string {
  const lastSeq = Math.max(...clients.flatMap(({ messages }) => messages.map(({ seq }) => seq)))
  const audioSamples = clients.reduce((sum, { audioBytes }) => sum + audioBytes / 2, 0)
  return `sessionId=${sessionId}&lastSeq=${lastSeq}&audioSamples=${audioSamples}`
}

async function metric({ url }: TestServer, line: string): Promise<void> {
  while (!(await (await fetch(`${url}/metrics`)).text()).includes(line)) await delay(5)
}

/** Without the greetings. */
const said = (...clients: readonly TestClient[]): ServerMessage[] =>
  clients.flatMap(({ messages }) => messages.filter(({ type }) => type !== 'ready'))

t.test('a session goes on where it was', async (t) => {
  const server = await start(t)
  const before = await first(server)
  const sessionId = await sessionOf(before)
  before.send(pcm(450))
  before.send({ type: 'keepalive' })
  await before.next('audio_end')
  before.socket.terminate()
  const after = await connect(server, resumeQuery(sessionId, before))
  t.match(await after.next('ready'), {
    sessionId,
    channelId: 'a',
    seq: before.messages.at(-1)?.seq,
    received: { messages: 2, samples: 7200 },
    resumed: { lostMessages: 0, lostAudioMs: 0, audioSamples: before.audioBytes / 2 },
  })
  after.send(pcm(150))
  after.send({ type: 'close' })
  t.match(await after.next('closed'), { summary: { audioInMs: 600, segments: 3, audioOutMs: 300 } })
  t.equal((await after.closed()).code, 1000)
  t.same(
    said(before, after).map(({ seq }) => seq),
    said(before, after).map((_, index) => index + 2),
  )
  const finals = said(before, after).filter(({ type }) => type === 'transcript')
  t.same(
    finals.map(({ segment, text }) => [segment, text]),
    [224, 224, 152].map((ms, index) => [index + 1, `I hear ${ms} ms.`]),
  )
  t.equal(before.audioBytes + after.audioBytes, 3 * 4800)
})

t.test('what was said while the client was away is told when it is back', async (t) => {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const held: typeof recognizer = {
    ...recognizer,
    recognize: (request, options) => released.then(() => recognizer.recognize(request, options)),
  }
  const server = await start(t, { engines: { recognizer: held } })
  const before = await first(server)
  const sessionId = await sessionOf(before)
  before.send(pcm(450))
  await before.next('speech_end')
  before.socket.terminate()
  release()
  await delay(100)
  await metric(server, 'voxbridge_channels 1')
  const after = await connect(server, resumeQuery(sessionId, before))
  t.match(await after.next('transcript'), { segment: 1, final: true })
  t.match(await after.next('audio_end'), { segment: 1 })
  after.socket.close()
})

t.test('the last words of a session can be fetched when it is over', async (t) => {
  const server = await start(t)
  const before = await first(server)
  const sessionId = await sessionOf(before)
  before.send(pcm(200))
  before.send({ type: 'close' })
  before.socket.terminate()
  await metric(server, 'voxbridge_channels 0')
  const after = await connect(server, `sessionId=${sessionId}&lastSeq=1`)
  await after.next('transcript')
  await after.next('closed')
  t.equal((await after.closed()).code, 1000)
  t.equal(after.audioBytes, 4800)
})

t.test('who comes back while the old connection seems open takes over', async (t) => {
  const server = await start(t)
  const before = await first(server)
  const sessionId = await sessionOf(before)
  const after = await connect(server, resumeQuery(sessionId, before))
  t.match(await before.closed(), { code: 4409, reason: /taken over/ })
  await after.next('ready')
  after.send(pcm(250))
  await after.next('transcript')
  after.socket.close()
})

t.test('settings that were changed hold on', async (t) => {
  const server = await start(t)
  const before = await first(server)
  const sessionId = await sessionOf(before)
  before.send({ type: 'config', src: 'pt', tgt: 'en' })
  before.send({ type: 'speak', text: 'Hello', language: 'en' })
  await before.next('audio_end')
  before.socket.terminate()
  const after = await connect(server, resumeQuery(sessionId, before))
  t.match(await after.next('ready'), { src: 'pt', tgt: 'en', models: { translators: ['test-pt-en'] } })
  after.socket.close()
})

t.test('a session that waits keeps its place, and gives it up after the limit', async (t) => {
  const server = await start(t, { config: { resumeWindowMs: 300, maxChannels: 1 } })
  const client = await first(server)
  const sessionId = await sessionOf(client)
  client.socket.terminate()
  await delay(50)
  t.match(await refusal(server, 'channelId=b&src=en&tgt=pt'), { status: 503 })
  await metric(server, 'voxbridge_channels 0')
  const gone = await refusal(server, `sessionId=${sessionId}&lastSeq=1`)
  t.match(gone, { status: 404, body: { error: { code: 'ERR_SESSION_GONE', message: /connect without it/ } } })
  const never = await refusal(server, 'sessionId=00000000-0000-4000-8000-000000000000&lastSeq=1')
  t.same(never.body, gone.body, 'nothing tells which sessions exist')
})

t.test('who says that it is done does not come back', async (t) => {
  const server = await start(t)
  for (const code of [1000, undefined]) {
    const client = await first(server)
    const sessionId = await sessionOf(client)
    client.socket.close(code)
    await metric(server, 'voxbridge_channels 0')
    t.match(await refusal(server, `sessionId=${sessionId}&lastSeq=1`), { status: 404 })
  }
  const client = await first(server)
  client.socket.close(4000)
  await delay(50)
  t.match(await refusal(server, 'channelId=a&src=en&tgt=pt'), { status: 409 }, 'any other code is a fall')
})

t.test('wrong requests to come back', async (t) => {
  const server = await start(t)
  const client = await first(server)
  const sessionId = await sessionOf(client)
  for (const [query, message] of [
    ['', /lastSeq is missing/],
    ['&lastSeq=x', /whole number/],
    ['&lastSeq=1&lastSeq=1', /more than once/],
    ['&lastSeq=2', /more than this session has sent/],
    ['&lastSeq=1&audioSamples=1', /more than this session has sent/],
  ] as const) {
    t.match(await refusal(server, `sessionId=${sessionId}${query}`), {
      status: 400,
      body: { error: { code: 'ERR_BAD_REQUEST', message } },
    })
  }
  client.send(pcm(250))
  await client.next('transcript')
  client.socket.close()
})

t.test('a window of 0 ends a session with its connection', async (t) => {
  const server = await start(t, { config: { resumeWindowMs: 0 } })
  const client = await first(server)
  const sessionId = await sessionOf(client)
  client.socket.terminate()
  await metric(server, 'voxbridge_channels 0')
  t.match(await refusal(server, `sessionId=${sessionId}&lastSeq=1`), { status: 404 })
})

t.test('a server that goes away does not wait for clients', async (t) => {
  const server = await startTestServer()
  const client = await first(server)
  await client.next('ready')
  client.socket.terminate()
  await delay(50)
  const startedAt = performance.now()
  await server.close()
  t.ok(performance.now() - startedAt < 2000)
})

t.test('of more than can be kept the client is told how much is lost', async (t) => {
  const long = { ...synthesizer, synthesize: () => speakFor(25) }
  const server = await start(t, { engines: { synthesizers: [long] } })
  const before = await first(server)
  const sessionId = await sessionOf(before)
  for (let text = 0; text < 3; text++) before.send({ type: 'speak', text: `text ${text}` })
  while (before.messages.filter(({ type }) => type === 'audio_end').length < 3) await delay(10)
  before.socket.terminate()
  const after = await connect(server, `sessionId=${sessionId}&lastSeq=1&audioSamples=0`)
  const { resumed } = (await after.next('ready')) as unknown as {
    resumed: { lostMessages: number; lostAudioMs: number; audioSamples: number }
  }
  t.ok(resumed.lostMessages > 0)
  t.ok(resumed.lostAudioMs > 25_000 && resumed.lostAudioMs < 50_000, `${resumed.lostAudioMs} ms are lost`)
  after.send({ type: 'close' })
  await after.closed()
  t.equal(after.audioBytes / 48 + resumed.lostAudioMs, 75_000, 'the rest came')
})

async function* speakFor(seconds: number): AsyncGenerator<{ samples: Float32Array }> {
  for (let second = 0; second < seconds; second++) yield { samples: new Float32Array(24000).fill(0.1) }
}
