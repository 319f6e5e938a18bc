import t from 'tap'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import {
  connect,
  pcm,
  recognizer,
  startTestServer,
  synthesizer,
  translator,
} from '../../test/voice-server.ts'
import { maxRecordingBytes } from './http-routes.ts'
import { encodeWav, openWav } from './wav.ts'

const server = await startTestServer()
t.teardown(() => server.close())

const post = (path: string, body: string | Uint8Array, base = server.url): Promise<Response> =>
  fetch(base + path, { method: 'POST', body: body as NonNullable<RequestInit['body']> })
const postJson = (path: string, value: unknown): Promise<Response> => post(path, JSON.stringify(value))

/** A path as it stands; `fetch` would tidy it up. */
async function getRaw(path: string): Promise<number | undefined> {
  const call = request({ host: '127.0.0.1', port: server.port, path }).end()
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode
}

t.test('the page and its files', async (t) => {
  const page = await fetch(server.url + '/')
  t.equal(page.status, 200)
  t.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  t.match(await page.text(), /^<!doctype html>/i)
  const etag = page.headers.get('etag') ?? ''
  const again = await fetch(server.url + '/index.html', { headers: { 'If-None-Match': `"other", ${etag}` } })
  t.equal(again.status, 304)
  t.equal(await again.text(), '')
  const head = await fetch(server.url + '/', { method: 'HEAD' })
  t.equal(head.status, 200)
  t.equal(await head.text(), '')
  t.ok(Number(head.headers.get('content-length')) > 0)
})

for (const path of [
  '/nothing',
  '/../package.json',
  '/..%2fpackage.json',
  '/%2e%2e/package.json',
  '/./../src/config.ts',
  '//etc/passwd',
  '/tsconfig.json',
  '/index.html/',
]) {
  t.test(`nothing at ${path}`, async (t) => t.equal(await getRaw(path), 404))
}

t.test('health, readiness, metrics', async (t) => {
  t.match(await (await fetch(server.url + '/health')).json(), { status: 'alive' })
  t.match(await (await fetch(server.url + '/ready')).json(), {
    status: 'ready',
    models: { 'test-recognizer': 'ready' },
    engines: { 'test-recognizer': 'running' },
  })
  const client = await connect(server, 'channelId=metrics&src=en&tgt=pt')
  client.send(pcm(200))
  client.send({ type: 'flush' })
  await client.next('audio_end')
  client.send(new Uint8Array(1))
  await client.next('error')
  const answer = await fetch(server.url + '/metrics')
  t.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const lines = (await answer.text()).split('\n')
  for (const line of [
    'voxbridge_ready 1',
    'voxbridge_channels 1',
    'voxbridge_utterances_total 1',
    'voxbridge_errors_total{code="ERR_AUDIO_FORMAT"} 1',
    'voxbridge_first_audio_seconds_count{src="en",tgt="pt"} 1',
    'voxbridge_first_audio_seconds_bucket{le="+Inf",src="en",tgt="pt"} 1',
    'voxbridge_stage_seconds_count{stage="asr",src="en",tgt="pt"} 1',
    'voxbridge_caption_seconds_count{src="en",tgt="pt"} 1',
    'voxbridge_engine_up{engine="test-recognizer"} 1',
    'voxbridge_queue_depth{engine="test-recognizer"} 0',
    '# TYPE process_resident_memory_bytes gauge',
  ]) {
    t.ok(lines.includes(line), line)
  }
  t.ok(lines.some((line) => /^voxbridge_event_loop_delay_p99_seconds \d/.test(line)))
  client.socket.terminate()
})

t.test('until the models are loaded only the page and the states answer', async (t) => {
  const starting = await startTestServer({ ready: false })
  t.teardown(() => starting.close())
  t.equal((await fetch(starting.url + '/health')).status, 200)
  t.equal((await fetch(starting.url + '/')).status, 200)
  const ready = await fetch(starting.url + '/ready')
  t.equal(ready.status, 503)
  t.match(ready.headers.get('retry-after'), /^\d+$/)
  t.match(await ready.json(), {
    status: 'starting',
    models: { 'test-recognizer': 'loading' },
    error: { code: 'ERR_NOT_READY', message: /test-recognizer: loading/ },
  })
  for (const path of ['/translate', '/transcribe', '/speak']) {
    t.equal((await post(path, '{}', starting.url)).status, 503, path)
  }
  t.equal((await fetch(starting.url + '/languages')).status, 503)
  t.match(await (await fetch(starting.url + '/metrics')).text(), /^voxbridge_ready 0$/m)
})

t.test('languages, by their names', async (t) => {
  t.match(await (await fetch(server.url + '/languages')).json(), {
    hear: [
      { code: 'en', name: 'English', ownName: 'English' },
      { code: 'pt' },
      { code: 'es', ownName: 'español' },
    ],
    translate: [{ src: ['en'], tgt: ['pt'], model: 'test-en-pt' }, { src: ['pt'] }, { tgt: ['es'] }],
    speak: [
      {
        code: 'pt',
        name: 'Portuguese',
        ownName: 'português',
        voices: [
          { id: 'ana', engine: 'test-voice', default: true },
          { id: 'rui', engine: 'test-voice' },
        ],
      },
      { code: 'en' },
    ],
  })
})

t.test('translate, speak, transcribe', async (t) => {
  t.match(await (await postJson('/translate', { text: 'Hello', src: 'en', tgt: 'es' })).json(), {
    text: '[es] Hello',
    src: 'en',
    tgt: 'es',
    model: 'test-en-es',
    ms: Number,
  })
  const spoken = await postJson('/speak', { text: 'Olá', language: 'pt', voice: 'rui', speed: 0.8 })
  t.equal(spoken.headers.get('content-type'), 'audio/wav')
  const wav = openWav(new Uint8Array(await spoken.arrayBuffer()))
  t.match(wav, { rateHz: 24000, length: 2400 })
  t.ok(Math.abs((wav.read(1000, 1)[0] ?? 0) - 0.25) < 0.001)
  const second = encodeWav(new Int16Array(44100), 44100)
  t.match(await (await post('/transcribe', second)).json(), {
    text: /^I hear (99\d|1000) ms\.$/,
    language: 'en',
    segments: [{ startMs: 0 }],
    ms: Number,
  })
  t.match(await (await post('/transcribe?src=pt', second)).json(), { language: 'pt' })
})

t.test('a long recording is heard in windows, cut where it is quiet, with times that go on', async (t) => {
  const rateHz = 16000
  const quietAt = 27 * rateHz
  const samples = new Int16Array(70 * rateHz).map((_, i) => (Math.abs(i - quietAt) < 800 ? 0 : 3000))
  const transcript = (await (await post('/transcribe?src=en', encodeWav(samples, rateHz))).json()) as {
    segments: { startMs: number; endMs: number }[]
  }
  t.equal(transcript.segments.length, 3)
  const [first, second, third] = transcript.segments
  t.ok(Math.abs((first?.endMs ?? 0) - 27_000) <= 64, `${first?.endMs}`)
  t.ok(Math.abs((second?.startMs ?? 0) - (first?.endMs ?? 0)) <= 1)
  t.ok(Math.abs((third?.endMs ?? 0) - 70_000) <= 1)
})

const wrong: readonly (readonly [string, string, unknown, number, string, RegExp])[] = [
  [
    'text',
    '/translate',
    { src: 'en', tgt: 'pt' },
    400,
    'ERR_BAD_REQUEST',
    /"text" must be a text of 1 to 10000/,
  ],
  ['text', '/translate', { text: '', src: 'en', tgt: 'pt' }, 400, 'ERR_BAD_REQUEST', /"text"/],
  ['text', '/translate', { text: 'a'.repeat(10001), src: 'en', tgt: 'pt' }, 400, 'ERR_BAD_REQUEST', /"text"/],
  ['src', '/translate', { text: 'a', src: 5, tgt: 'pt' }, 400, 'ERR_BAD_REQUEST', /"src" must be an ISO/],
  ['tgt', '/translate', { text: 'a', src: 'en', tgt: 'PT' }, 400, 'ERR_BAD_REQUEST', /"tgt"/],
  [
    'pair',
    '/translate',
    { text: 'a', src: 'pt', tgt: 'es' },
    400,
    'ERR_LANGUAGE_PAIR',
    /en-pt, pt-en, en-es/,
  ],
  ['an array', '/translate', [], 400, 'ERR_BAD_REQUEST', /JSON object/],
  ['null', '/speak', null, 400, 'ERR_BAD_REQUEST', /JSON object/],
  ['text', '/speak', { text: 'a'.repeat(2001), language: 'pt' }, 400, 'ERR_BAD_REQUEST', /1 to 2000/],
  ['language', '/speak', { text: 'a', language: 'es' }, 400, 'ERR_LANGUAGE', /pt, en/],
  ['voice', '/speak', { text: 'a', language: 'pt', voice: 'joe' }, 400, 'ERR_VOICE', /ana, rui/],
  [
    'speed',
    '/speak',
    { text: 'a', language: 'pt', speed: '2' },
    400,
    'ERR_BAD_REQUEST',
    /number from 0.5 to 2/,
  ],
  ['voice', '/speak', { text: 'a', language: 'pt', voice: '' }, 400, 'ERR_BAD_REQUEST', /name of a voice/],
]
for (const [what, path, body, status, code, message] of wrong) {
  t.test(`${path} with wrong ${what}: ${code}`, async (t) => {
    const answer = await postJson(path, body)
    t.equal(answer.status, status)
    t.match(await answer.json(), { error: { code, message } })
  })
}

t.test('bodies that are no JSON, no WAV, too long or too large', async (t) => {
  t.match(await (await post('/translate', '{"text"')).json(), { error: { message: /must be JSON/ } })
  const text = await post('/transcribe', 'no audio')
  t.equal(text.status, 415)
  t.match(await text.json(), { error: { code: 'ERR_AUDIO_FORMAT', message: /WAV/ } })
  const language = await post('/transcribe?src=xx', encodeWav(new Int16Array(10), 16000))
  t.match(await language.json(), { error: { code: 'ERR_LANGUAGE', message: /auto, en, pt, es/ } })
  const long = await post('/transcribe', encodeWav(new Int16Array(8000 * 601), 8000))
  t.equal(long.status, 413)
  t.match(await long.json(), { error: { message: /10 minutes/ } })
  const large = await post('/transcribe', new Uint8Array(maxRecordingBytes + 1))
  t.equal(large.status, 413)
  t.match(await large.json(), { error: { code: 'ERR_BODY_TOO_LARGE', message: /at most/ } })
  t.equal((await postJson('/translate', { text: 'a'.repeat(200_000) })).status, 413)
})

t.test('a wrong method is told the right one', async (t) => {
  const allowed: readonly (readonly [string, string, string])[] = [
    ['GET', '/translate', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['DELETE', '/', 'GET, HEAD'],
    ['PUT', '/speak', 'POST'],
  ]
  for (const [method, path, allow] of allowed) {
    const answer = await fetch(server.url + path, { method })
    t.equal(answer.status, 405, `${method} ${path}`)
    t.equal(answer.headers.get('allow'), allow)
    t.match(await answer.json(), { error: { code: 'ERR_METHOD' } })
  }
  t.match(await (await fetch(server.url + '/ws')).json(), { error: { message: /WebSocket/ } })
})

t.test('an engine that fails is an answer, and the server goes on', async (t) => {
  const loud = await post('/transcribe', encodeWav(new Int16Array(1600).fill(32000), 16000))
  t.equal(loud.status, 500)
  t.match(await loud.json(), { error: { code: 'ERR_ENGINE', message: 'It is too loud.' } })
  t.equal((await fetch(server.url + '/health')).status, 200)
})

t.test('requests beyond the limit are refused, and conversations go first', async (t) => {
  const seen: unknown[] = []
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const held: typeof translator = {
    ...translator,
    translate: async (request, options) => {
      seen.push(options.priority)
      await released
      return translator.translate(request, options)
    },
  }
  const small = await startTestServer({ engines: { translator: held }, config: { maxChannels: 1 } })
  t.teardown(() => small.close())
  const ask = (): Promise<Response> => post('/translate', '{"text":"a","src":"en","tgt":"pt"}', small.url)
  const answers = [ask(), ask()]
  while (seen.length < 2) await delay(5)
  const refused = await ask()
  t.equal(refused.status, 503)
  t.ok(refused.headers.get('retry-after'))
  t.match(await refused.json(), { error: { code: 'ERR_OVERLOADED', message: /later/ } })
  release()
  for (const answer of answers) t.equal((await answer).status, 200)
  t.equal((await ask()).status, 200, 'there is room again')
  t.same(seen, [1, 1, 1])
})

t.test('a long text is spoken clause by clause, so that conversations get their turn', async (t) => {
  const spoken: string[] = []
  const priorities = new Set<unknown>()
  const listening: typeof synthesizer = {
    ...synthesizer,
    synthesize(request, options) {
      spoken.push(request.text)
      priorities.add(options.priority)
      return synthesizer.synthesize(request, options)
    },
  }
  const server = await startTestServer({ engines: { synthesizers: [listening] } })
  t.teardown(() => server.close())
  const answer = await post('/speak', '{"text":"Bom dia. Boa noite.","language":"pt"}', server.url)
  t.same(spoken, ['Bom dia.', 'Boa noite.'])
  t.same([...priorities], [1])
  t.equal(openWav(new Uint8Array(await answer.arrayBuffer())).length, 2 * 2400)
})

t.test('work is given up when the client goes away', async (t) => {
  let signal: AbortSignal | undefined
  const slow = {
    ...translator,
    translate: (_request: unknown, options: { readonly signal: AbortSignal }): Promise<never> => {
      signal = options.signal
      return new Promise((_resolve, reject) => {
        options.signal.addEventListener('abort', () => reject(options.signal.reason as Error))
      })
    },
  }
  const patient = await startTestServer({ engines: { translator: slow, recognizer } })
  t.teardown(() => patient.close())
  const body = '{"text":"a","src":"en","tgt":"pt"}'
  const socket = connectTcp(patient.port, '127.0.0.1')
  socket.write(`POST /translate HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  while (!signal) await delay(5)
  socket.destroy()
  if (!signal.aborted) await once(signal, 'abort')
  t.match(signal.reason, { code: 'ERR_ABORTED' })
  t.equal((await fetch(patient.url + '/health')).status, 200)
})
