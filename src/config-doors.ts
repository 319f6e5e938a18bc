/** The part of the configuration that says who may come in. */
import { BlockList } from 'node:net'
import { join } from 'node:path'
import { choice, integer, path, text, type Variable } from './config-values.ts'
import { VoxbridgeError } from './errors.ts'
import { isLoopback, parseSubnets } from './transport/auth/client-address.ts'
import { secretPattern } from './transport/auth/credentials.ts'

const list = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

export const doorVariables = {
  AUTH: choice(
    'auto',
    'Whether clients need a token, see npm run token. auto: where other machines get in, by HOST or by a proxy (TRUST_PROXY).',
    ['auto', 'true', 'false'],
  ),
  TOKENS_FILE: path(
    'File of the tokens; a change holds at once. Empty: voxbridge/tokens.json in $XDG_CONFIG_HOME, else in ~/.config.',
    'a file',
  ),
  ALLOWED_ORIGINS: text(
    '',
    "Other sites whose pages may use the server, separated by commas. The server's own page always may.",
    'origins such as https://example.org, separated by commas',
    (text) => (list(text).every(isOrigin) ? list(text) : undefined),
  ),
  TLS_CERT: path(
    'Certificate chain in PEM, for HTTPS without a proxy; read again when it changes.',
    'a file',
  ),
  TLS_KEY: path('Private key of TLS_CERT, in PEM.', 'a file'),
  VOXBRIDGE_TOKEN: {
    ...text(
      '',
      'Token that npm run translate shows to a server that asks for one.',
      'a token, without spaces',
      (text) => (secretPattern.test(text) ? text : undefined),
    ),
    secret: true,
  },
  TRUST_PROXY: text(
    '',
    'Proxies that say whom they speak for, in X-Forwarded-For and X-Forwarded-Proto; others are not believed.',
    'IP addresses and subnets separated by commas, e.g. 127.0.0.1,10.0.0.0/8',
    (text) => parseSubnets(list(text)),
  ),
  MAX_CONNECTIONS_PER_MINUTE: limit(
    600,
    'New TCP connections of one address; more are cut at once. There is none for a proxy in TRUST_PROXY.',
  ),
  MAX_CHANNELS_PER_ADDRESS: limit(4, 'Conversations of one address at a time; more are refused with 429.'),
  MAX_CHANNELS_PER_TOKEN: limit(
    8,
    'Conversations of one token at a time, where it has no number of its own; more are refused with 429.',
  ),
  MAX_REQUESTS_PER_MINUTE: limit(
    240,
    'Requests, and attempts to connect, of one address and of one token; more are refused with 429.',
  ),
  MAX_SPEECH_MINUTES_PER_HOUR: limit(
    0,
    'Speech that is heard of one address and of one token; what goes beyond is refused, and its channel closed.',
  ),
  MAX_UPLOAD_MB: integer(
    256,
    'Bodies of requests that are held at a time, all together; more are refused with 503. One address or token gets a quarter.',
    128,
    1_000_000,
  ),
  MAX_FRAMES_PER_SECOND: limit(
    500,
    'Messages of one channel, pieces of audio included; a channel that sends more is closed.',
  ),
} as const satisfies Record<string, Variable<unknown>>

type Values = {
  [Name in keyof typeof doorVariables]: (typeof doorVariables)[Name] extends Variable<infer T> ? T : never
}

export interface DoorConfig {
  /** Whether clients need a token. */
  readonly auth: boolean
  readonly tokensFile: string
  /** What our own command line client shows. */
  readonly ownToken: string | undefined
  readonly allowedOrigins: readonly string[]
  readonly trustedProxies: BlockList
  /** Undefined: HTTP without encryption. */
  readonly tls: TlsFiles | undefined
  /** Whether the server is for this machine alone. */
  readonly localOnly: boolean
  /** Infinity where there is none. Those of an address do not hold for this machine itself. */
  readonly limits: {
    readonly connectionsPerMinute: number
    readonly channelsPerAddress: number
    readonly channelsPerToken: number
    readonly requestsPerMinute: number
    readonly speechMinutesPerHour: number
    readonly uploadBytes: number
    readonly framesPerSecond: number
  }
}

export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** @throws VoxbridgeError ERR_CONFIG where settings do not go together. */
export function doorConfig(
  values: Values,
  { host, configDir }: { readonly host: string; readonly configDir: string },
): DoorConfig {
  const trustedProxies = values.TRUST_PROXY || new BlockList()
  const localOnly = (host === 'localhost' || isLoopback(host)) && !values.TRUST_PROXY
  return Object.freeze({
    auth: values.AUTH === 'auto' ? !localOnly : values.AUTH === 'true',
    tokensFile: values.TOKENS_FILE || join(configDir, 'tokens.json'),
    ownToken: values.VOXBRIDGE_TOKEN || undefined,
    allowedOrigins: Object.freeze(values.ALLOWED_ORIGINS || []),
    trustedProxies,
    tls: tlsFiles(values),
    localOnly,
    limits: Object.freeze({
      connectionsPerMinute: values.MAX_CONNECTIONS_PER_MINUTE,
      channelsPerAddress: values.MAX_CHANNELS_PER_ADDRESS,
      channelsPerToken: values.MAX_CHANNELS_PER_TOKEN,
      requestsPerMinute: values.MAX_REQUESTS_PER_MINUTE,
      speechMinutesPerHour: values.MAX_SPEECH_MINUTES_PER_HOUR,
      uploadBytes: values.MAX_UPLOAD_MB * 2 ** 20,
      framesPerSecond: values.MAX_FRAMES_PER_SECOND,
    }),
  })
}

function tlsFiles({ TLS_CERT: cert, TLS_KEY: key }: Values): TlsFiles | undefined {
  if ((cert === '') !== (key === '')) {
    const [given, missing] = cert === '' ? ['TLS_KEY', 'TLS_CERT'] : ['TLS_CERT', 'TLS_KEY']
    throw new VoxbridgeError('ERR_CONFIG', `${given} needs ${missing}: set both, or neither for plain HTTP.`)
  }
  return cert === '' ? undefined : Object.freeze({ cert, key })
}

/** `*` is none: then any page that somebody opens could use what their browser can reach. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text
}

function limit(initial: number, help: string): Variable<number> {
  const variable = integer(initial, `${help} 0: no limit.`, 0, 1_000_000)
  return {
    ...variable,
    parse(text) {
      const result = variable.parse(text)
      return 'value' in result && result.value === 0 ? { value: Infinity } : result
    },
  }
}
