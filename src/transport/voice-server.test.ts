import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net'
import t from 'tap'
import { readConfig } from '../config.ts'
import { EngineMeter, type EngineUsage } from '../models/engine-meter.ts'
import {
  type TestServer,
  connect,
  pcm,
  recognizer,
  refusal,
  startTestServer,
  translator,
} from '../../test/voice-server.ts'
import * as resampler from './resampler.ts'
import type * as VoiceServerModule from './voice-server.ts'

const idle = new EngineMeter().usage(0)

async function metricsOf({ url }: TestServer): Promise<string> {
  return (await fetch(`${url}/metrics`)).text()
}

t.test('a wrong request to connect is refused with what would be right', async (t) => {
  const server = await startTestServer()
  t.teardown(() => server.close())
  const refused: readonly (readonly [string, number, string, RegExp])[] = [
    ['src=en&tgt=pt', 400, 'ERR_BAD_REQUEST', /channelId/],
    ['channelId=a/b&src=en&tgt=pt', 400, 'ERR_BAD_REQUEST', /1 to 64/],
    ['channelId=a&src=en&tgt=pt&rate=96000', 400, 'ERR_BAD_REQUEST', /8000 to 48000/],
    ['channelId=a&src=pt&tgt=es', 400, 'ERR_LANGUAGE_PAIR', /en-pt, pt-en, en-es/],
    ['channelId=a&src=xx&tgt=pt', 400, 'ERR_LANGUAGE_PAIR', /en-pt/],
    ['channelId=a&src=auto&tgt=fr', 400, 'ERR_LANGUAGE_PAIR', /en-pt/],
    ['channelId=a&src=en&tgt=pt&voice=joe', 400, 'ERR_VOICE', /ana, rui/],
    ['channelId=a&src=en&tgt=es', 400, 'ERR_LANGUAGE', /no voice for es.*audio=0/],
  ]
  for (const [query, status, code, message] of refused) {
    const answer = await refusal(server, query)
    t.match(answer, { status, body: { error: { code, message } } }, query)
  }
  for (const line of [
    'voxbridge_refused_total{reason="bad-request"} 3',
    'voxbridge_refused_total{reason="languages"} 4',
    'voxbridge_refused_total{reason="voice"} 1',
  ]) {
    t.match(await metricsOf(server), line)
  }
  const client = await connect(server, 'channelId=a&src=en&tgt=es&audio=0')
  t.match(await client.next('ready'), { models: { voices: [] } }, 'without audio no voice is needed')
  client.socket.terminate()
})

t.test('a channelId is taken once, and free again after the close', async (t) => {
  const server = await startTestServer()
  t.teardown(() => server.close())
  const query = 'channelId=a&src=auto&tgt=pt'
  const first = await connect(server, query)
  t.match(await refusal(server, query), { status: 409, body: { error: { code: 'ERR_CHANNEL_TAKEN' } } })
  first.send({ type: 'close' })
  await first.closed()
  const second = await connect(server, query)
  t.match(await second.next('ready'), { channelId: 'a', src: 'auto' })
  second.socket.terminate()
})

t.test('channels beyond the limit are refused', async (t) => {
  const server = await startTestServer({ config: { maxChannels: 1 } })
  t.teardown(() => server.close())
  const first = await connect(server, 'channelId=a&src=en&tgt=pt')
  t.match(await refusal(server, 'channelId=b&src=en&tgt=pt'), {
    status: 503,
    headers: { 'retry-after': /^\d+$/ },
    body: { error: { code: 'ERR_OVERLOADED', message: /1 channels/ } },
  })
  t.match(await metricsOf(server), 'voxbridge_refused_total{reason="channels"} 1')
  first.socket.terminate()
})

t.test('nobody is let in beside conversations that would suffer', async (t) => {
  let final = 0.7
  const usage = (): Readonly<Record<string, EngineUsage>> => ({
    'test-recognizer': { ...idle, final, other: 0.1, partialMs: 40, channels: 2 },
  })
  const server = await startTestServer({ engines: { usage, expectedShares: { 'test-recognizer': 0.1 } } })
  t.teardown(() => server.close())
  const first = await connect(server, 'channelId=a&src=en&tgt=pt')
  t.match(await first.next('ready'), { load: { level: String } })
  const expected = {
    status: 503,
    headers: { 'retry-after': /^\d+$/ },
    body: { error: { code: 'ERR_OVERLOADED', message: /one more would take test-recognizer to 90 %/ } },
  }
  t.match(await refusal(server, 'channelId=b&src=en&tgt=pt'), expected)
  const body = '{"text":"a","src":"en","tgt":"pt"}'
  const answer = await fetch(`${server.url}/translate`, { method: 'POST', body })
  t.equal(answer.status, 503)
  t.match(await answer.json(), expected.body)
  t.match(await first.next('load'), { level: 'full', partialStepMs: null })
  for (const line of [
    'voxbridge_load_level 3',
    'voxbridge_partial_step_seconds +Inf',
    'voxbridge_engine_utilisation{engine="test-recognizer",kind="final"} 0.7',
    'voxbridge_engine_utilisation{engine="test-recognizer",kind="other"} 0.1',
    'voxbridge_refused_total{reason="utilisation"} 2',
  ]) {
    t.match(await metricsOf(server), line)
  }

  final = 0.3
  t.match(await first.next('load'), { level: 'normal', partialStepMs: 500 })
  const second = await connect(server, 'channelId=b&src=en&tgt=pt')
  t.match(await second.next('ready'), { load: { level: 'normal', partialStepMs: 500 } })
  for (const { socket } of [first, second]) socket.terminate()
})

t.test('a crowd that comes at once is let in as far as there is room for all of it', async (t) => {
  const expectedShares = { 'test-recognizer': 0.2 }
  const server = await startTestServer({
    engines: { usage: () => ({ 'test-recognizer': idle }), expectedShares },
  })
  t.teardown(() => server.close())
  for (const name of ['a', 'b', 'c']) await connect(server, `channelId=${name}&src=en&tgt=pt`)
  t.match(await refusal(server, 'channelId=d&src=en&tgt=pt'), { status: 503 })
})

t.test('until the models are loaded nobody connects', async (t) => {
  const server = await startTestServer({ ready: false })
  t.teardown(() => server.close())
  t.match(await refusal(server, 'channelId=a&src=en&tgt=pt'), {
    status: 503,
    headers: { 'retry-after': /^\d+$/ },
    body: { error: { code: 'ERR_NOT_READY', message: /test-recognizer: loading/ } },
  })
})

t.test('two channels do not hear each other', async (t) => {
  const server = await startTestServer()
  t.teardown(() => server.close())
  const speaker = await connect(server, 'channelId=a&src=en&tgt=pt')
  const silent = await connect(server, 'channelId=b&src=en&tgt=pt')
  speaker.send(pcm(450))
  await speaker.next('audio_end')
  silent.send({ type: 'close' })
  await silent.closed()
  t.same(
    silent.messages.map((message) => message.type),
    ['ready', 'closed'],
  )
  t.equal(silent.audioBytes, 0)
  speaker.socket.terminate()
})

t.test('a client that vanishes in the middle of an utterance leaves nothing behind', async (t) => {
  const aborted: boolean[] = []
  const slow = {
    ...recognizer,
    recognize: (_request: unknown, { signal }: { readonly signal: AbortSignal }): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push(true)
          reject(signal.reason as Error)
        })
      }),
  }
  const server = await startTestServer({ engines: { recognizer: slow } })
  t.teardown(() => server.close())
  const client = await connect(server, 'channelId=a&src=en&tgt=pt')
  client.send(pcm(450))
  await client.next('speech_end')
  client.socket.terminate()
  let again = await refusalOrReady()
  while (!again) again = await refusalOrReady()
  t.same(aborted, [true])

  async function refusalOrReady(): Promise<boolean> {
    await new Promise(setImmediate)
    return (await metricsOf(server)).includes('voxbridge_channels 0')
  }
})

t.test('when the server is stopped, conversations finish', async (t) => {
  const server = await startTestServer()
  const client = await connect(server, 'channelId=a&src=en&tgt=pt')
  client.send(pcm(450))
  await client.next('transcript')
  const stopped = server.close()
  t.match(await client.next('closed'), { reason: /going away/, summary: { segments: 3, audioOutMs: 300 } })
  t.equal((await client.closed()).code, 1001)
  await stopped
  const socket = connectTcp(server.port, '127.0.0.1')
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  t.equal(error.code, 'ECONNREFUSED')
})

t.test('when the server is stopped, HTTP requests are answered', async (t) => {
  let release = (): void => undefined
  const begun = new Promise<void>((begin) => (release = begin))
  let finish = (): void => undefined
  const finished = new Promise<void>((resolve) => (finish = resolve))
  const held: typeof translator = {
    ...translator,
    translate: async (request, options) => {
      release()
      await finished
      return translator.translate(request, options)
    },
  }
  const server = await startTestServer({ engines: { translator: held } })
  const body = '{"text":"a","src":"en","tgt":"pt"}'
  const answer = fetch(`${server.url}/translate`, { method: 'POST', body })
  await begun
  const stopped = server.close()
  finish()
  t.match(await (await answer).json(), { text: '[pt] a' })
  await stopped
})

t.test('a conversation that does not finish in time is cut', async (t) => {
  const stuck = { ...recognizer, recognize: (): Promise<never> => new Promise(() => undefined) }
  const server = await startTestServer({ engines: { recognizer: stuck }, config: { drainTimeoutMs: 50 } })
  const client = await connect(server, 'channelId=a&src=en&tgt=pt')
  client.send(pcm(450))
  await client.next('speech_end')
  await server.close()
  t.equal((await client.closed()).code, 1001)
})

t.test('while conversations finish, clients are told and nobody else is let in', async (t) => {
  let finish = (): void => undefined
  const finished = new Promise<void>((resolve) => (finish = resolve))
  const held: typeof recognizer = {
    ...recognizer,
    recognize: async (request, options) => {
      await finished
      return recognizer.recognize(request, options)
    },
  }
  const server = await startTestServer({ engines: { recognizer: held } })
  const client = await connect(server, 'channelId=a&src=en&tgt=pt')
  client.send(pcm(450))
  await client.next('speech_end')
  const stopped = server.close()
  t.match(await client.next('error'), { code: 'ERR_NOT_READY', message: /going away/, retryable: true })
  t.match(await refusal(server, 'channelId=b&src=en&tgt=pt'), {
    status: 503,
    headers: { 'retry-after': /^\d+$/ },
    body: { error: { code: 'ERR_NOT_READY', message: /going away/ } },
  })
  t.equal((await fetch(`${server.url}/ready`)).status, 503)
  t.equal((await fetch(`${server.url}/health`)).status, 200)
  const body = '{"text":"a","src":"en","tgt":"pt"}'
  t.equal((await fetch(`${server.url}/translate`, { method: 'POST', body })).status, 503)
  finish()
  t.match(await client.next('closed'), { summary: { segments: 3 } })
  t.equal((await client.closed()).code, 1001)
  await stopped
})

t.test('nobody is let in while an engine cannot be brought back', async (t) => {
  const server = await startTestServer({ engines: { outage: 'The engine x failed 4 times in a row.' } })
  t.teardown(() => server.close())
  t.match(await refusal(server, 'channelId=a&src=en&tgt=pt'), {
    status: 503,
    headers: { 'retry-after': /^\d+$/ },
    body: { error: { code: 'ERR_ENGINE_GONE', message: /x failed/ } },
  })
})

t.test('a port in use is one clear line', async (t) => {
  // A number that was chosen beforehand: the kernel shares no port that it chose itself.
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  const server = await startTestServer({ config: { port } })
  t.teardown(() => server.close())
  const message = /in use.*Set PORT or HOST/
  await t.rejects(startTestServer({ config: { port } }), { code: 'ERR_CONFIG', message })
})

t.test('a connection that cannot be prepared leaves no seat behind', async (t) => {
  let isBroken = true
  const createResampler: typeof resampler.createResampler = async (rateHz) => {
    if (isBroken) throw new Error('there is no memory for it')
    return resampler.createResampler(rateHz)
  }
  const { startVoiceServer } = await t.mockImport<typeof VoiceServerModule>('./voice-server.ts', {
    './resampler.js': { ...resampler, createResampler },
  })
  const { doors } = readConfig({ TRUST_PROXY: '127.0.0.1', AUTH: 'false', MAX_CHANNELS_PER_ADDRESS: '1' })
  const server = await startTestServer({ config: { maxChannels: 1, doors }, start: startVoiceServer })
  t.teardown(() => server.close())
  const query = 'channelId=a&src=en&tgt=pt'
  t.match(await refusal(server, query), { status: 500 })
  isBroken = false
  const client = await connect(server, query)
  t.match(await client.next('ready'), { channelId: 'a' })
  client.socket.terminate()
})
