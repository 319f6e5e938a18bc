/** Who is let in, for how long, and how much they may have: over the network, at a real server. */
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import type { WebSocket } from 'ws'
import { StreamClient } from '../src/cli/stream-client.ts'
import { type Environment, readConfig } from '../src/config.ts'
import { subprotocol } from '../src/transport/auth/credentials.ts'
import type { Right } from '../src/transport/auth/rights.ts'
import { hashToken, type StoredToken } from '../src/transport/auth/token-file.ts'
import { encodeWav } from '../src/transport/wav.ts'
import {
  type Answer,
  ask,
  giveToken as giveTokenOf,
  hello,
  openSocket,
  revokeToken,
  startGuardedServer,
  talk,
} from './door-attempts.ts'
import { pcm, startTestServer, type TestServer } from './voice-server.ts'

const { signal } = new AbortController()
const tokensFile = join(t.testdir({}), 'tokens.json')

const giveToken = (name: string, may: readonly Right[], rest?: Partial<StoredToken>): Promise<string> =>
  giveTokenOf(tokensFile, name, may, rest)
const revoke = (name: string): Promise<void> => revokeToken(tokensFile, name)
const startServer = (environment?: Environment): Promise<TestServer> =>
  startGuardedServer(t, tokensFile, environment)

let channels = 0

t.test('tokens and origins', async (t) => {
  const good = await giveToken('good', ['talk', 'request'])
  const talkOnly = await giveToken('talk-only', ['talk'])
  const watching = await giveToken('watching', ['metrics'])
  const server = await startServer({ ALLOWED_ORIGINS: 'https://example.org' })

  await t.test('the token that was offered as subprotocol is not sent back', async (t) => {
    const socket = openSocket(server, { token: good, by: 'subprotocol' })
    await once(socket, 'open')
    t.equal(socket.protocol, subprotocol)
    socket.terminate()
  })

  await t.test('over HTTP', async (t) => {
    t.match(await ask(server, '/translate', {}, hello), { status: 401 })
    t.match(await ask(server, '/translate', { token: good }, hello), { status: 200, body: { tgt: 'pt' } })
    t.match(await ask(server, '/translate', { token: talkOnly }, hello), { status: 403 })
    const get = async (path: string, token?: string): Promise<number> =>
      (await fetch(server.url + path + (token === undefined ? '' : `?token=${token}`))).status
    for (const path of ['/', '/app.js', '/health', '/ready'])
      t.equal(await get(path), 200, `${path} is public`)
    for (const path of ['/languages', '/metrics']) t.equal(await get(path), 401, path)
    t.equal(await get('/languages', talkOnly), 200, 'for whoever has a token')
    t.equal(await get('/metrics', good), 403)
    t.equal(await get('/metrics', watching), 200)
    const refused = await fetch(server.url + '/languages')
    t.equal(refused.headers.get('www-authenticate'), 'Bearer')
    t.notMatch(await refused.text(), /vbx_/)
  })

  await t.test('pages of sites that are allowed may read the answers, also of errors', async (t) => {
    const origin = 'https://example.org'
    const preflight = await fetch(server.url + '/translate', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
    t.equal(preflight.status, 204)
    t.match(preflight.headers.get('access-control-allow-headers'), /Authorization/)
    for (const [headers, status] of [
      [{ origin, authorization: `Bearer ${good}` }, 200],
      [{ origin }, 401],
    ] as const) {
      const answer = await fetch(server.url + '/languages', { headers })
      t.equal(answer.status, status)
      t.equal(answer.headers.get('access-control-allow-origin'), origin)
      t.equal(answer.headers.get('access-control-allow-credentials'), null)
    }
    const foreign = await fetch(server.url + '/languages', { headers: { origin: 'https://evil.test' } })
    t.equal(foreign.status, 403)
    t.equal(foreign.headers.get('access-control-allow-origin'), null)
  })
})

t.test('browser tokens', async (t) => {
  const site = await giveToken('site', ['talk', 'request'])
  const server = await startServer()
  const issue = async (body: object, token = site): Promise<Answer> => ask(server, '/tokens', { token }, body)
  const issued = await issue({ expiresInS: 60, may: ['talk'] })
  t.match(issued, { status: 201, body: { may: ['talk'], expiresAt: /^\d{4}-/ } })
  const token = String(issued.body['token'])

  const answers: readonly (readonly [string, Promise<Answer>, number])[] = [
    ['a browser token', talk(server, { token, by: 'subprotocol' }), 101],
    ['a browser token for something else', ask(server, '/translate', { token }, hello), 403],
    [
      'a browser token with one letter changed',
      talk(server, { token: token.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')) }),
      401,
    ],
    ['a browser token asks for another', issue({}, token), 403],
    ['a token for more than its parent may', issue({ may: ['metrics'] }), 403],
    ['a token for a day', issue({ expiresInS: 86400 }), 400],
    ['a token from nobody', ask(server, '/tokens', {}, {}), 401],
  ]
  for (const [what, answer, status] of answers) {
    t.equal((await answer).status, status, what)
  }

  await t.test('it expires, and whoever is in stays', async (t) => {
    const { body } = await issue({ expiresInS: 1 })
    const short = String(body['token'])
    const client = await StreamClient.connect(
      new URL(server.url),
      { channelId: 'stays', src: 'en', tgt: 'pt', token: short },
      { signal },
    )
    while (Date.parse(String(body['expiresAt'])) > Date.now()) await pause(50)
    const answer = await talk(server, { token: short })
    t.match(answer, { status: 401, code: 'ERR_UNAUTHORIZED' })
    t.equal((await client.finish({ signal })).type, 'closed')
  })

  await t.test('when the token behind it is revoked, all of it ends, within seconds', async (t) => {
    const client = openSocket(server, { token })
    await once(client, 'open')
    const closed = once(client, 'close')
    await revoke('site')
    const [code, reason] = (await closed) as [number, Buffer]
    t.equal(code, 1008)
    t.match(reason.toString(), /revoked/)
    t.match(await talk(server, { token }), { status: 401 })
    t.match(await talk(server, { token: site }), { status: 401 })
  })
})

t.test('limits', async (t) => {
  const token = await giveToken('busy', ['talk', 'request'])
  const other = await giveToken('other', ['request'])
  const from = (address: string): Readonly<Record<string, string>> => ({ 'x-forwarded-for': address })

  await t.test('requests a minute, by address and by token', async (t) => {
    const server = await startServer({ MAX_REQUESTS_PER_MINUTE: '5' })
    for (let request = 0; request < 5; request++) {
      t.equal((await talk(server, { headers: from('192.0.2.1') })).status, 401, 'guesses count too')
    }
    const answer = await talk(server, { token, headers: from('192.0.2.1') })
    t.match(answer, { status: 429, code: 'ERR_TOO_MANY', retryAfter: /^\d+$/ })
    for (let request = 0; request < 5; request++) {
      t.equal(
        (await ask(server, '/translate', { token, headers: from(`192.0.2.1${request}`) }, hello)).status,
        200,
      )
    }
    const sixth = await ask(server, '/translate', { token, headers: from('192.0.2.20') }, hello)
    t.match(sixth, { status: 429, code: 'ERR_TOO_MANY' })
    t.equal(
      (await ask(server, '/translate', { token: other, headers: from('192.0.2.21') }, hello)).status,
      200,
    )
  })

  await t.test('conversations at a time, by address and by token', async (t) => {
    const server = await startServer({ MAX_CHANNELS_PER_ADDRESS: '2', MAX_CHANNELS_PER_TOKEN: '3' })
    const open = async (address: string): Promise<WebSocket> => {
      const socket = openSocket(server, { token, headers: from(address) })
      await once(socket, 'open')
      return socket
    }
    const sockets = [await open('192.0.2.1'), await open('192.0.2.1')]
    const ofAddress = await talk(server, { token, headers: from('192.0.2.1') })
    t.match(ofAddress, { status: 429, code: 'ERR_TOO_MANY', retryAfter: /^\d+$/ })
    sockets.push(await open('192.0.2.2'))
    const ofToken = await talk(server, { token, headers: from('192.0.2.3') })
    t.match(ofToken, { status: 429, code: 'ERR_TOO_MANY' })
    for (const socket of sockets) socket.terminate()
    let again = 429
    while (again === 429) again = (await talk(server, { token, headers: from('192.0.2.1') })).status
    t.equal(again, 101, 'there is room again')
  })

  await t.test('messages a second, and speech an hour', async (t) => {
    const server = await startServer({ MAX_FRAMES_PER_SECOND: '20', MAX_SPEECH_MINUTES_PER_HOUR: '1' })
    const connect = (): Promise<StreamClient> =>
      StreamClient.connect(
        new URL(server.url),
        { channelId: `stream-${channels++}`, src: 'en', tgt: 'pt', token },
        { signal },
      )
    const fast = await connect()
    for (let message = 0; message < 30; message++) fast.send({ type: 'keepalive' })
    await t.rejects(fast.finish({ signal }), { code: 'ERR_TOO_MANY', message: /20 messages a second/ })

    const minute = new Int16Array(60 * 16000)
    const recording = (samples: Int16Array): Promise<Response> =>
      fetch(`${server.url}/transcribe?src=en`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: encodeWav(samples, 16000) as NonNullable<RequestInit['body']>,
      })
    t.equal((await recording(minute)).status, 200)
    const second = await recording(minute.subarray(0, 16000))
    t.equal(second.status, 429)
    const talking = await connect()
    talking.sendAudio(new Int16Array(pcm(100).buffer))
    await t.rejects(talking.finish({ signal }), {
      code: 'ERR_TOO_MANY',
      message: /1 minutes of speech an hour/,
    })
  })
})

t.test('for this machine alone nobody needs a token, so none are made', async (t) => {
  const { doors } = readConfig({ TOKENS_FILE: tokensFile })
  const server = await startTestServer({ config: { doors } })
  t.teardown(() => server.close())
  const proxied = await talk(server, { headers: { 'x-forwarded-for': '192.0.2.1' } })
  t.equal(proxied.status, 101, 'what a proxy says that nobody trusts is not looked at')
  t.match(await ask(server, '/tokens', {}, {}), { status: 404, code: 'ERR_NOT_FOUND' })
})

t.test('what was read of a token is in no log', async (t) => {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const { doors } = readConfig({ TOKENS_FILE: tokensFile, AUTH: 'true' })
  const good = await giveToken('logged', ['talk', 'request'])
  const server = await startTestServer({ config: { doors }, log })
  t.teardown(() => server.close())
  const wrong = 'vbx_this-is-not-a-token'
  for (const token of [good, wrong]) {
    for (const by of ['header', 'query', 'subprotocol'] as const) {
      await talk(server, { token, by })
      await ask(server, '/translate', { token, by }, hello)
      await ask(server, '/tokens', { token, by }, {})
      await ask(server, `/none/${token}`, { token, by })
    }
  }
  const metrics = await (await fetch(`${server.url}/metrics?token=${good}`)).text()
  const ready = await (await fetch(`${server.url}/ready?token=${good}`)).text()
  const written = lines.join('')
  t.match(written, /"token":"logged"/, 'the name is')
  for (const text of [written, metrics, ready]) {
    t.notMatch(text, good)
    t.notMatch(text, wrong)
    t.notMatch(text, hashToken(good).toString('hex'))
    t.notMatch(text, tokensFile)
  }
})

t.test('what everybody may ask for says nothing that is not for everybody', async (t) => {
  await giveToken('secretive', ['talk'])
  const server = await startServer()
  t.same(Object.keys((await ask(server, '/ready', {})).body).sort(), ['engines', 'models', 'status'])
  t.same(Object.keys((await ask(server, '/health', {})).body), ['status'])
  const ready = JSON.stringify((await ask(server, '/ready', {})).body)
  t.notMatch(ready, /secretive|tokens|\//)
})

t.test('connections that are kept open by requests that are refused do not add up', async (t) => {
  const server = await startServer({ MAX_REQUESTS_PER_MINUTE: '1' })
  const from = `X-Forwarded-For: 192.0.2.99`
  const socket = connectTcp(server.port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  // Of those that everybody may make, ten times as many are allowed.
  socket.write(`GET /health HTTP/1.1\r\nHost: a\r\n${from}\r\n\r\n`.repeat(11))
  await once(socket, 'close')
  const text = Buffer.concat(chunks).toString()
  t.equal(text.match(/^HTTP\/1.1 200 /gm)?.length, 10)
  t.equal(text.match(/^HTTP\/1.1 429 /gm)?.length, 1)
})
