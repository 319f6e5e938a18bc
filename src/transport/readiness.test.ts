import { once } from 'node:events'
import t from 'tap'
import { Agent, request } from 'node:http'
import { json } from 'node:stream/consumers'
import type { IncomingMessage } from 'node:http'
import type { EngineState } from '../models/worker-client.ts'
import { connect, pcm, recognizer, startTestServer, type TestServer } from '../../test/voice-server.ts'

async function ask({ url }: TestServer, path: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(url + path)
  return { status: answer.status, body: await answer.json() }
}

async function isReadyByMetrics({ url }: TestServer): Promise<boolean> {
  return (await (await fetch(`${url}/metrics`)).text()).includes('voxbridge_ready 1')
}

t.test('a worker that is being replaced is not ready, and alive', async (t) => {
  const states: Record<string, EngineState> = { whisper: 'running', marian: 'running' }
  const server = await startTestServer({ engines: { states: () => states } })
  t.teardown(() => server.close())
  t.match(await ask(server, '/ready'), { status: 200, body: { status: 'ready', engines: states } })
  t.ok(await isReadyByMetrics(server))

  states['marian'] = 'starting'
  const error = { code: 'ERR_NOT_READY', message: /being started again: marian/ }
  t.match(await ask(server, '/ready'), {
    status: 503,
    body: { status: 'recovering', engines: states, error },
  })
  t.match(await ask(server, '/health'), { status: 200, body: { status: 'alive' } })
  t.notOk(await isReadyByMetrics(server))

  states['marian'] = 'running'
  t.match(await ask(server, '/ready'), { status: 200, body: { status: 'ready' } })
})

t.test('a worker that fails again and again is told of by both', async (t) => {
  const outage = 'The engine whisper failed 4 times in a row.'
  const server = await startTestServer({
    engines: { states: () => ({ whisper: 'gone', marian: 'starting' }), outage },
  })
  t.teardown(() => server.close())
  const error = { code: 'ERR_ENGINE_GONE', message: outage }
  t.match(await ask(server, '/ready'), { status: 503, body: { status: 'broken', error } })
  t.match(await ask(server, '/health'), { status: 503, body: { status: 'broken', error } })
})

t.test('a server that drains is not ready', async (t) => {
  const stuck = { ...recognizer, recognize: (): Promise<never> => new Promise(() => undefined) }
  const server = await startTestServer({ engines: { recognizer: stuck }, config: { drainTimeoutMs: 300 } })
  const client = await connect(server, 'channelId=a&src=en&tgt=pt')
  client.send(pcm(450))
  await client.next('speech_end')
  // Nobody is let in any more, but a connection that was open before may still ask.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const get = async (path: string): Promise<{ status: number | undefined; body: unknown }> => {
    const [response] = (await once(request(server.url + path, { agent }).end(), 'response')) as [
      IncomingMessage,
    ]
    return { status: response.statusCode, body: await json(response) }
  }
  t.match(await get('/ready'), { status: 200 })
  const closed = server.close()
  t.match(await get('/ready'), {
    status: 503,
    body: { status: 'draining', error: { code: 'ERR_NOT_READY' } },
  })
  t.match(await get('/health'), { status: 200 })
  await closed
})
