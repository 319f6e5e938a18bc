/** Wrong HTTP requests and upgrades, through raw sockets. */
import type { Random } from '../../bench/seeded-random.ts'
import { encodeWav } from '../../src/transport/wav.ts'
import {
  brokenMessage,
  bytes,
  integer,
  jsonMessage,
  jsonValue,
  longText,
  nested,
  pick,
  words,
} from './fuzz-values.ts'
import { exchange, upgradeRequest } from './raw-socket.ts'

const methods = words(String.raw`
  GET GET POST POST HEAD PUT DELETE OPTIONS PATCH TRACE BREW get`)
const paths = words(String.raw`
  / /health /ready /metrics /languages /translate /transcribe /speak /app.js
  /transcribe?src=xx /transcribe?src=en&src=pt /ws /nothing /__proto__ /constructor`)
const traversals = words(String.raw`
  /../package.json /..%2f..%2fetc/passwd /%2e%2e/%2e%2e/etc/passwd /....//etc/passwd //etc
  /samples/../../package.json /samples/%00 /app.js%00.png /% /%zz /\..\x /app.js/ /.
  /%c0%ae%c0%ae/ /samples// /app.js?% /http://other/ /samples/..;/package.json`)

function request(method: string, path: string, body: Buffer, headers: readonly string[] = []): Buffer {
  const head = [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...headers, `Content-Length: ${body.length}`]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
}

function jsonBody(random: Random): Buffer {
  const kind = random()
  if (kind < 0.2) return bytes(random, integer(random, 0, 400))
  if (kind < 0.3) return Buffer.from(nested(random))
  if (kind < 0.5) return Buffer.from(brokenMessage(random))
  if (kind < 0.6) return Buffer.from(jsonMessage(random))
  if (kind < 0.65)
    return Buffer.from(JSON.stringify({ text: longText(random, 40_000), src: 'en', tgt: 'pt' }))
  const fields = ['text', 'src', 'tgt', 'language', 'voice', '__proto__'].filter(() => random() < 0.6)
  return Buffer.from(`{${fields.map((name) => `"${name}":${jsonValue(random)}`).join(',')}}`)
}

/** A recording whose header, or whatever else, is changed. */
function wavBody(random: Random): Buffer {
  const pcm = Int16Array.from({ length: integer(random, 0, 4000) }, () => integer(random, -9000, 9000))
  const wav = Buffer.from(encodeWav(pcm, pick(random, [8000, 16000, 44100])))
  for (let change = integer(random, 0, 6); change > 0; change--) {
    const at = integer(random, 0, random() < 0.8 ? 43 : Math.max(0, wav.length - 1))
    wav[at] = pick(random, [0, 1, 0x7f, 0xff, integer(random, 0, 255)])
  }
  return random() < 0.3 ? wav.subarray(0, integer(random, 0, wav.length)) : wav
}

/** Headers that are wrong as such. */
function brokenHeader(random: Random): string {
  return pick(random, [
    'no colon at all',
    ': no name',
    'X-Nul: a\u0000b',
    'X-Bare: a\rb',
    'X-Fold: a\r\n b',
    'X Space: a',
    `X-Long: ${'a'.repeat(integer(random, 1000, 20_000))}`,
    Array.from({ length: integer(random, 50, 400) }, (_, index) => `X-${index}: a`).join('\r\n'),
    'Content-Length: -1',
    'Content-Length: 99999999999999999999',
    'Content-Length: 1e3',
    'Content-Length: 5\r\nContent-Length: 6',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nContent-Length: 4',
    'Transfer-Encoding: gzip, chunked, chunked',
    'Host: a\r\nHost: b',
    'Expect: 100-continue',
    'X-Forwarded-For: 1.2.3.4, \u0001',
    'Sec-WebSocket-Key: short',
    'Upgrade: h2c',
  ])
}

function broken(random: Random, text: Buffer): Buffer {
  const end = text.indexOf('\r\n')
  const kind = random()
  if (kind < 0.5) {
    return Buffer.concat([
      text.subarray(0, end + 2),
      Buffer.from(`${brokenHeader(random)}\r\n`),
      text.subarray(end + 2),
    ])
  }
  if (kind < 0.6) return bytes(random, integer(random, 1, 500))
  const changed = Buffer.from(text)
  for (let change = integer(random, 1, 8); change > 0; change--) {
    changed[integer(random, 0, changed.length - 1)] = integer(random, 0, 255)
  }
  return changed
}

const queryValues: readonly string[] = [
  ...words(String.raw`
  en pt auto xx % %zz %00 %ff __proto__ 0 1 -1 1e9 NaN 16000
  48000 999999 ..%2f %0d%0aX-A:b steady %F0%9F%98%80`),
  '',
  'a'.repeat(65),
  'a'.repeat(3000),
]
const queryNames = words(String.raw`
  channelId src tgt rate voice speed partials audio token __proto__ sessionId`)

function wrongQuery(random: Random, channelId: string): string {
  const right = `channelId=${channelId}&src=en&tgt=pt`
  const more = Array.from(
    { length: integer(random, 0, 4) },
    () => `${pick(random, queryNames)}=${pick(random, queryValues)}`,
  ).join('&')
  return random() < 0.5 ? `${right}&${more}` : more
}

function resumeQuery(random: Random): string {
  const hex = bytes(random, 16).toString('hex')
  const uuid = hex.replace(/(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-4$3-8$4-$5')
  const sessionId = random() < 0.7 ? uuid : pick(random, queryValues)
  const count = (): string => (random() < 0.7 ? String(integer(random, 0, 1e6)) : pick(random, queryValues))
  return `sessionId=${sessionId}&lastSeq=${count()}&audioSamples=${count()}`
}

export interface Target {
  readonly port: number
  /** A name that nobody had before. */
  readonly channelId: () => string
}

/** @returns the answer, in a word. */
export type Attempt = (random: Random, target: Target) => Promise<string>

export const requestKinds: Readonly<Record<string, Attempt>> = {
  'HTTP: routes, methods and bodies': (random, { port }) =>
    exchange({
      port,
      data: request(pick(random, methods), pick(random, paths), jsonBody(random)),
      then: 'wait',
    }),
  'HTTP: bodies of JSON': (random, { port }) =>
    exchange({
      port,
      data: request('POST', pick(random, ['/translate', '/speak']), jsonBody(random)),
      then: 'wait',
    }),
  'HTTP: recordings': (random, { port }) =>
    exchange({ port, data: request('POST', '/transcribe?src=en', wavBody(random)), then: 'wait' }),
  'HTTP: paths that climb': (random, { port }) =>
    exchange({ port, data: request('GET', pick(random, traversals), Buffer.alloc(0)), then: 'wait' }),
  'HTTP: broken headers': (random, { port }) =>
    exchange({ port, data: broken(random, request('POST', '/translate', jsonBody(random))), then: 'grace' }),
  'HTTP: requests cut off': (random, { port }) => {
    const data = request('POST', pick(random, paths), jsonBody(random))
    const then = random() < 0.5 ? 'cut' : 'end'
    return exchange({ port, data: data.subarray(0, integer(random, 0, data.length - 1)), then })
  },
  'upgrade: wrong queries': (random, { port, channelId }) =>
    exchange({ port, data: Buffer.from(upgradeRequest(wrongQuery(random, channelId()))), then: 'wait' }),
  'upgrade: sessions to come back to': (random, { port }) =>
    exchange({ port, data: Buffer.from(upgradeRequest(resumeQuery(random))), then: 'wait' }),
  'upgrade: broken headers': (random, { port, channelId }) => {
    const right = Buffer.from(upgradeRequest(`channelId=${channelId()}&src=en&tgt=pt`))
    return exchange({ port, data: broken(random, right), then: 'grace' })
  },
  'upgrade: cut off': (random, { port, channelId }) => {
    const data = Buffer.from(upgradeRequest(`channelId=${channelId()}&src=en&tgt=pt`))
    const then = random() < 0.5 ? 'cut' : 'end'
    return exchange({ port, data: data.subarray(0, integer(random, 0, data.length)), then })
  },
}
