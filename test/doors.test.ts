/** Attempts to come in, and the answers: over the network, at a real server. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { WebSocket } from 'ws'
import { type Environment, readConfig } from '../src/config.ts'
import { StreamClient } from '../src/cli/stream-client.ts'
import { subprotocol } from '../src/transport/auth/credentials.ts'
import type { Right } from '../src/transport/auth/rights.ts'
import { changeTokens, createToken, hashToken, type StoredToken } from '../src/transport/auth/token-file.ts'
import { encodeWav } from '../src/transport/wav.ts'
import { pcm, startTestServer, type TestServer } from './voice-server.ts'

const { signal } = new AbortController()
const tokensFile = join(t.testdir({}), 'tokens.json')

async function giveToken(name: string, may: readonly Right[], expiresAt?: string): Promise<string> {
  const token = createToken()
  const sha256 = hashToken(token).toString('hex')
  const createdAt = '2026-01-01T00:00:00.000Z'
  const stored: StoredToken = { name, sha256, may, createdAt, ...(expiresAt !== undefined && { expiresAt }) }
  await changeTokens(tokensFile, (tokens) => [...tokens, stored], { signal })
  return token
}

async function revoke(name: string): Promise<void> {
  await changeTokens(tokensFile, (tokens) => tokens.filter((token) => token.name !== name), { signal })
}

/** The tests come from this machine by way of a proxy: what they say of themselves in `X-Forwarded-For` counts. */
async function startServer(environment: Environment = {}): Promise<TestServer> {
  const { doors } = readConfig({ TOKENS_FILE: tokensFile, TRUST_PROXY: '127.0.0.1', ...environment })
  const server = await startTestServer({ config: { doors } })
  t.teardown(() => server.close())
  return server
}

interface Attempt {
  readonly token?: string
  /** Where the token is. */
  readonly by?: 'header' | 'query' | 'subprotocol'
  readonly headers?: Readonly<Record<string, string>>
}

interface Answer {
  readonly status: number
  /** Empty where there was none. */
  readonly code: string
  readonly retryAfter: string | undefined
}

let channels = 0

function openSocket(server: TestServer, { token, by = 'query', headers = {} }: Attempt): WebSocket {
  const url = new URL(`/ws?channelId=c${channels++}&src=en&tgt=pt`, server.url.replace('http', 'ws'))
  if (token !== undefined && by === 'query') url.searchParams.set('token', token)
  const protocols = token !== undefined && by === 'subprotocol' ? [subprotocol, `token.${token}`] : []
  const authorization = token !== undefined && by === 'header' ? { authorization: `Bearer ${token}` } : {}
  return new WebSocket(url, protocols, { headers: { ...headers, ...authorization } })
}

/** Asks for a conversation. */
async function talk(server: TestServer, attempt: Attempt): Promise<Answer> {
  const socket = openSocket(server, attempt)
  try {
    return await new Promise<Answer>((resolve, reject) => {
      socket.on('open', () => resolve({ status: 101, code: '', retryAfter: undefined }))
      socket.on('error', reject)
      socket.on('unexpected-response', (_request, response: IncomingMessage) => {
        readAnswer(response).then(resolve, reject)
      })
    })
  } finally {
    socket.on('error', () => undefined)
    socket.terminate()
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const { error } = JSON.parse(Buffer.concat(chunks).toString()) as { error: { code: string } }
  return { status: response.statusCode ?? 0, code: error.code, retryAfter: response.headers['retry-after'] }
}

async function post(
  server: TestServer,
  path: string,
  { token, headers = {} }: Attempt,
  body: unknown = {},
): Promise<Answer & { readonly body: Readonly<Record<string, unknown>> }> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { ...headers, ...authorization },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { error?: { code: string } }
  const retryAfter = response.headers.get('retry-after') ?? undefined
  return { status: response.status, code: answer.error?.code ?? '', retryAfter, body: { ...answer } }
}

const hello = { text: 'Hello', src: 'en', tgt: 'pt' }

/** Prints one line of the table of attempts. */
function report(attempt: string, { status, code }: Pick<Answer, 'status' | 'code'>): void {
  t.comment(`| ${attempt} | ${status} ${code}`.trimEnd() + ' |')
}

t.test('tokens and origins', async (t) => {
  const good = await giveToken('good', ['talk', 'request'])
  const talkOnly = await giveToken('talk-only', ['talk'])
  const watching = await giveToken('watching', ['metrics'])
  const expired = await giveToken('expired', ['talk'], '2026-02-01T00:00:00.000Z')
  const revoked = await giveToken('revoked', ['talk'])
  await revoke('revoked')
  const server = await startServer({ ALLOWED_ORIGINS: 'https://example.org' })
  const own = `http://127.0.0.1:${server.port}`

  const cases: readonly (readonly [string, Attempt, number, string])[] = [
    ['no token', {}, 401, 'ERR_UNAUTHORIZED'],
    ['an empty token', { token: '' }, 401, 'ERR_UNAUTHORIZED'],
    ['a wrong token', { token: createToken() }, 401, 'ERR_UNAUTHORIZED'],
    ['half a token', { token: good.slice(0, 20) }, 401, 'ERR_UNAUTHORIZED'],
    ['the hash in place of the token', { token: hashToken(good).toString('hex') }, 401, 'ERR_UNAUTHORIZED'],
    ['an expired token', { token: expired }, 401, 'ERR_UNAUTHORIZED'],
    ['a revoked token', { token: revoked }, 401, 'ERR_UNAUTHORIZED'],
    ['a token for something else', { token: watching }, 403, 'ERR_FORBIDDEN'],
    ['a right token in the query', { token: good, by: 'query' }, 101, ''],
    ['a right token in the header', { token: good, by: 'header' }, 101, ''],
    ['a right token as subprotocol', { token: good, by: 'subprotocol' }, 101, ''],
    ['a wrong token in the header', { token: 'a', by: 'header' }, 401, 'ERR_UNAUTHORIZED'],
    ['a wrong token as subprotocol', { token: 'a', by: 'subprotocol' }, 401, 'ERR_UNAUTHORIZED'],
    ["the server's own page", { token: good, headers: { origin: own } }, 101, ''],
    [
      'a page of a site that is allowed',
      { token: good, headers: { origin: 'https://example.org' } },
      101,
      '',
    ],
    ['a page of another site', { token: good, headers: { origin: 'https://evil.test' } }, 403, 'ERR_ORIGIN'],
    ['a page of no site', { token: good, headers: { origin: 'null' } }, 403, 'ERR_ORIGIN'],
    [
      'the right name under the wrong scheme',
      { token: good, headers: { origin: own, 'x-forwarded-proto': 'https' } },
      403,
      'ERR_ORIGIN',
    ],
  ]
  for (const [what, attempt, status, code] of cases) {
    await t.test(`${what}: ${status}`, async (t) => {
      const answer = await talk(server, attempt)
      report(what, answer)
      t.match(answer, { status, code })
    })
  }

  await t.test('the token that was offered as subprotocol is not sent back', async (t) => {
    const socket = openSocket(server, { token: good, by: 'subprotocol' })
    await once(socket, 'open')
    t.equal(socket.protocol, subprotocol)
    socket.terminate()
  })

  await t.test('over HTTP', async (t) => {
    t.match(await post(server, '/translate', {}, hello), { status: 401 })
    t.match(await post(server, '/translate', { token: good }, hello), { status: 200, body: { tgt: 'pt' } })
    t.match(await post(server, '/translate', { token: talkOnly }, hello), { status: 403 })
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
  const issue = async (body: object, token = site): ReturnType<typeof post> =>
    post(server, '/tokens', { token }, body)
  const issued = await issue({ expiresInS: 60, may: ['talk'] })
  t.match(issued, { status: 201, body: { may: ['talk'], expiresAt: /^\d{4}-/ } })
  const token = String(issued.body['token'])

  const answers: readonly (readonly [string, Promise<Answer>, number])[] = [
    ['a browser token', talk(server, { token, by: 'subprotocol' }), 101],
    ['a browser token for something else', post(server, '/translate', { token }, hello), 403],
    [
      'a browser token with one letter changed',
      talk(server, { token: token.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')) }),
      401,
    ],
    ['a browser token asks for another', issue({}, token), 403],
    ['a token for more than its parent may', issue({ may: ['metrics'] }), 403],
    ['a token for a day', issue({ expiresInS: 86400 }), 400],
    ['a token from nobody', post(server, '/tokens', {}), 401],
  ]
  for (const [what, answer, status] of answers) {
    report(what, await answer)
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
    report('an expired browser token', answer)
    t.match(answer, { status: 401, code: 'ERR_UNAUTHORIZED' })
    t.equal((await client.finish({ signal })).type, 'closed')
  })

  await t.test('when the token behind it is revoked, all of it ends, within seconds', async (t) => {
    const client = openSocket(server, { token })
    await once(client, 'open')
    const closed = once(client, 'close')
    await revoke('site')
    const [code, reason] = (await closed) as [number, Buffer]
    report('a conversation whose token is revoked', { status: code, code: 'ERR_UNAUTHORIZED' })
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
    report('a sixth request in a minute, where five are allowed', answer)
    t.match(answer, { status: 429, code: 'ERR_TOO_MANY', retryAfter: /^\d+$/ })
    for (let request = 0; request < 5; request++) {
      t.equal(
        (await post(server, '/translate', { token, headers: from(`192.0.2.1${request}`) }, hello)).status,
        200,
      )
    }
    const sixth = await post(server, '/translate', { token, headers: from('192.0.2.20') }, hello)
    report('the same of one token, from six addresses', sixth)
    t.match(sixth, { status: 429, code: 'ERR_TOO_MANY' })
    t.equal(
      (await post(server, '/translate', { token: other, headers: from('192.0.2.21') }, hello)).status,
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
    report('a third conversation of one address, where two are allowed', ofAddress)
    t.match(ofAddress, { status: 429, code: 'ERR_TOO_MANY', retryAfter: /^\d+$/ })
    sockets.push(await open('192.0.2.2'))
    const ofToken = await talk(server, { token, headers: from('192.0.2.3') })
    report('a fourth conversation of one token, where three are allowed', ofToken)
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
        { channelId: `c${channels++}`, src: 'en', tgt: 'pt', token },
        { signal },
      )
    const fast = await connect()
    for (let message = 0; message < 30; message++) fast.send({ type: 'keepalive' })
    await t.rejects(fast.finish({ signal }), { code: 'ERR_TOO_MANY', message: /20 messages a second/ })
    report('thirty messages at once, where twenty a second are allowed', {
      status: 1008,
      code: 'ERR_TOO_MANY',
    })

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
    report('speech beyond the minutes of the hour, POST /transcribe', { status: 429, code: 'ERR_TOO_MANY' })
    const talking = await connect()
    talking.sendAudio(new Int16Array(pcm(100).buffer))
    await t.rejects(talking.finish({ signal }), {
      code: 'ERR_TOO_MANY',
      message: /1 minutes of speech an hour/,
    })
    report('the same in a conversation', { status: 1008, code: 'ERR_TOO_MANY' })
  })
})

t.test('for this machine alone nobody needs a token, and no foreign page gets in', async (t) => {
  const { doors } = readConfig({ TOKENS_FILE: tokensFile })
  const server = await startTestServer({ config: { doors } })
  t.teardown(() => server.close())
  const cases: readonly (readonly [string, Attempt, number])[] = [
    ['loopback, no token', {}, 101],
    ['loopback, the own page', { headers: { origin: `http://127.0.0.1:${server.port}` } }, 101],
    ['loopback, a page of another site', { headers: { origin: 'https://evil.test' } }, 403],
    [
      'loopback, a site whose name was made to lead here',
      { headers: { origin: 'http://evil.test:8000', host: 'evil.test:8000' } },
      403,
    ],
    ['loopback, a proxy that nobody trusts', { headers: { 'x-forwarded-for': '192.0.2.1' } }, 101],
  ]
  for (const [what, attempt, status] of cases) {
    const answer = await talk(server, attempt)
    report(what, answer)
    t.equal(answer.status, status, what)
  }
  t.match(await post(server, '/translate', { headers: { origin: 'https://evil.test' } }, hello), {
    status: 403,
  })
  t.match(await post(server, '/tokens', {}), { status: 404, code: 'ERR_NOT_FOUND' })
})
