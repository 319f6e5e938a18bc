/**
 * Every way to come in that is known to us, and its answer: by WebSocket and by HTTP, with the token in the header, in the
 * query and as subprotocol. Printed as a table.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readConfig } from '../src/config.ts'
import { createToken, hashToken } from '../src/transport/auth/token-file.ts'
import {
  type Answer,
  ask,
  type Attempt,
  type Carrier,
  giveToken,
  hello,
  openSocket,
  revokeToken,
  startGuardedServer,
  talk,
} from './door-attempts.ts'
import { startTestServer, type TestServer } from './voice-server.ts'

const tokensFile = join(t.testdir({}), 'tokens.json')
const carriers: readonly Carrier[] = ['header', 'query', 'subprotocol']
const rows = ['| attempt | token by | WebSocket | POST /translate |', '|---|---|---|---|']

type Expected = readonly [status: number, code: string]

const unauthorized: Expected = [401, 'ERR_UNAUTHORIZED']
const forbidden: Expected = [403, 'ERR_FORBIDDEN']
const foreign: Expected = [403, 'ERR_ORIGIN']
const tooMany: Expected = [429, 'ERR_TOO_MANY']
const talking: Expected = [101, '']
const answered: Expected = [200, '']

const say = ({ status, code, retryAfter }: Omit<Answer, 'body'>): string =>
  [status, code, retryAfter && 'Retry-After'].filter(Boolean).join(' ')

/** One line of the table. */
async function row(
  t: Test,
  what: string,
  by: Carrier | '',
  answers: { readonly socket?: Promise<Answer>; readonly http?: Promise<Answer> },
  expected: { readonly socket?: Expected; readonly http?: Expected },
): Promise<void> {
  const [socket, http] = await Promise.all([answers.socket, answers.http])
  rows.push(`| ${what} | ${by} | ${socket ? say(socket) : ''} | ${http ? say(http) : ''} |`)
  const name = `${what} ${by}`
  if (expected.socket) t.match([socket?.status, socket?.code], expected.socket, `${name}, WebSocket`)
  if (expected.http) t.match([http?.status, http?.code], expected.http, `${name}, HTTP`)
}

/** The same attempt at the WebSocket and at `POST /translate`. */
async function attempt(
  t: Test,
  server: TestServer,
  what: string,
  { by, ...how }: Attempt,
  socket: Expected,
  http: Expected,
): Promise<void> {
  const made = by === undefined ? how : { ...how, by }
  const answers = { socket: talk(server, made), http: ask(server, '/translate', made, hello) }
  await row(t, what, by ?? '', answers, { socket, http })
}

t.test('tokens', async (t) => {
  const good = await giveToken(tokensFile, 'good', ['talk', 'request'])
  const watching = await giveToken(tokensFile, 'watching', ['metrics'])
  const expired = await giveToken(tokensFile, 'expired', ['talk', 'request'], {
    expiresAt: '2026-02-01T00:00:00.000Z',
  })
  const revoked = await giveToken(tokensFile, 'revoked', ['talk', 'request'])
  await revokeToken(tokensFile, 'revoked')
  const server = await startGuardedServer(t, tokensFile, { ALLOWED_ORIGINS: 'https://example.org' })
  const { body } = await ask(server, '/tokens', { token: good }, { expiresInS: 60 })
  const ofBrowser = String(body['token'])
  const short = await ask(server, '/tokens', { token: good }, { expiresInS: 1 })

  await attempt(t, server, 'no token', {}, unauthorized, unauthorized)
  for (const by of carriers) {
    const wrong: readonly (readonly [string, string, Expected])[] = [
      ['an empty token', '', unauthorized],
      ['a wrong token', createToken(), unauthorized],
      ['half a token', good.slice(0, 20), unauthorized],
      ['the hash in place of the token', hashToken(good).toString('hex'), unauthorized],
      ['an expired token', expired, unauthorized],
      ['a revoked token', revoked, unauthorized],
      ['a token for something else', watching, forbidden],
      [
        'a browser token, forged',
        ofBrowser.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
        unauthorized,
      ],
    ]
    for (const [what, token, answer] of wrong) await attempt(t, server, what, { token, by }, answer, answer)
    await attempt(t, server, 'a right token', { token: good, by }, talking, answered)
    await attempt(t, server, 'a browser token', { token: ofBrowser, by }, talking, answered)
  }
  const right: Attempt = { token: good, by: 'header' }
  await attempt(
    t,
    server,
    'a right token in the header, a wrong one in the query',
    { token: 'wrong', by: 'query', headers: { authorization: `Bearer ${good}` } },
    talking,
    answered,
  )

  const own = `http://127.0.0.1:${server.port}`
  const origins: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
    ["the server's own page", { origin: own }, true],
    ['a page of an allowed site', { origin: 'https://example.org' }, true],
    ['a page of another site', { origin: 'https://evil.test' }, false],
    ['an allowed site under another scheme', { origin: 'http://example.org' }, false],
    ['a site with the name of an allowed one in it', { origin: 'https://example.org.evil.test' }, false],
    ['a page of no site', { origin: 'null' }, false],
    ['the own page, by another port', { origin: 'http://127.0.0.1:1' }, false],
    ['the own page, under another scheme', { origin: own, 'x-forwarded-proto': 'https' }, false],
  ]
  for (const [what, headers, isLetIn] of origins) {
    const [socket, http] = isLetIn ? [talking, answered] : [foreign, foreign]
    await attempt(t, server, what, { ...right, headers }, socket, http)
  }

  while (Date.parse(String(short.body['expiresAt'])) > Date.now()) await pause(50)
  const late: Attempt = { token: String(short.body['token']), by: 'subprotocol' }
  await attempt(t, server, 'an expired browser token', late, unauthorized, unauthorized)
  await revokeToken(tokensFile, 'good')
  while ((await ask(server, '/languages', right)).status === 200) await pause(50)
  const orphan: Attempt = { token: ofBrowser, by: 'subprotocol' }
  await attempt(t, server, 'a browser token, whose parent is revoked', orphan, unauthorized, unauthorized)
})

t.test('limits', async (t) => {
  const token = await giveToken(tokensFile, 'busy', ['talk', 'request'])
  const few = await giveToken(tokensFile, 'few', ['talk', 'request'], { maxChannels: 1 })
  const from = (address: string): Attempt => ({
    token,
    by: 'header',
    headers: { 'x-forwarded-for': address },
  })
  const limited = { MAX_REQUESTS_PER_MINUTE: '4' }

  const first = await startGuardedServer(t, tokensFile, limited)
  for (let request = 0; request < 4; request++) {
    await ask(first, '/translate', { headers: { 'x-forwarded-for': '192.0.2.1' } }, hello)
  }
  await attempt(t, first, 'too many guesses from one address', from('192.0.2.1'), tooMany, tooMany)
  for (let request = 0; request < 4; request++) {
    await ask(first, '/translate', from(`192.0.2.1${request}`), hello)
  }
  await attempt(t, first, 'too many requests of one token', from('192.0.2.20'), tooMany, tooMany)

  const second = await startGuardedServer(t, tokensFile, {
    MAX_CHANNELS_PER_ADDRESS: '2',
    MAX_CHANNELS_PER_TOKEN: '3',
  })
  const hold = async (attempt: Attempt): Promise<void> => {
    await once(openSocket(second, attempt), 'open')
  }
  await hold(from('192.0.2.1'))
  await hold(from('192.0.2.1'))
  await attempt(t, second, 'too many conversations of one address', from('192.0.2.1'), tooMany, answered)
  await hold(from('192.0.2.2'))
  await attempt(t, second, 'too many conversations of one token', from('192.0.2.3'), tooMany, answered)
  const ofFew: Attempt = { ...from('192.0.2.4'), token: few }
  await hold(ofFew)
  await attempt(t, second, 'more than the number of its own', ofFew, tooMany, answered)
})

t.test('for this machine alone', async (t) => {
  const { doors } = readConfig({ TOKENS_FILE: tokensFile })
  const server = await startTestServer({ config: { doors } })
  t.teardown(() => server.close())
  const own = `http://127.0.0.1:${server.port}`
  await attempt(t, server, 'loopback, no token', {}, talking, answered)
  await attempt(t, server, 'loopback, its own page', { headers: { origin: own } }, talking, answered)
  const evil = { origin: 'https://evil.test' }
  await attempt(t, server, 'loopback, a page of another site', { headers: evil }, foreign, foreign)
  const rebound: Attempt = { headers: { origin: 'http://evil.test:8000', host: 'evil.test:8000' } }
  const silent: Attempt = { headers: { host: 'evil.test:8000' } }
  for (const [what, how] of [
    ['loopback, a name that was made to lead here', rebound],
    ['the same, without an origin', silent],
  ] as const) {
    await row(t, what, '', { socket: talk(server, how) }, { socket: foreign })
  }
})

t.test('the table', async (t) => t.comment(rows.join('\n')))
