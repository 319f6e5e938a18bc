/** Attempts to come in over the network, and what they are answered. */
import type { IncomingMessage } from 'node:http'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { type Environment, readConfig } from '../src/config.ts'
import { subprotocol } from '../src/transport/auth/credentials.ts'
import type { Right } from '../src/transport/auth/rights.ts'
import { changeTokens, createToken, hashToken, type StoredToken } from '../src/transport/auth/token-file.ts'
import { startTestServer, type TestServer } from './voice-server.ts'

const { signal } = new AbortController()

export async function giveToken(
  tokensFile: string,
  name: string,
  may: readonly Right[],
  rest: Partial<StoredToken> = {},
): Promise<string> {
  const token = createToken()
  const sha256 = hashToken(token).toString('hex')
  const stored: StoredToken = { name, sha256, may, createdAt: '2026-01-01T00:00:00.000Z', ...rest }
  await changeTokens(tokensFile, (tokens) => [...tokens, stored], { signal })
  return token
}

export async function revokeToken(tokensFile: string, name: string): Promise<void> {
  await changeTokens(tokensFile, (tokens) => tokens.filter((token) => token.name !== name), { signal })
}

/** The tests come from this machine by way of a proxy: what they say of themselves in `X-Forwarded-For` counts. */
export async function startGuardedServer(
  t: Test,
  tokensFile: string,
  environment: Environment = {},
): Promise<TestServer> {
  const { doors } = readConfig({ TOKENS_FILE: tokensFile, TRUST_PROXY: '127.0.0.1', ...environment })
  // Nobody comes back here, and so no seat is kept for who left without a word.
  const server = await startTestServer({ config: { doors, resumeWindowMs: 0 } })
  t.teardown(() => server.close())
  return server
}

/** Where a token is. */
export type Carrier = 'header' | 'query' | 'subprotocol'

export interface Attempt {
  readonly token?: string
  /** The query, where it is left out. */
  readonly by?: Carrier
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  /** Empty where there was no error. */
  readonly code: string
  readonly retryAfter: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

let channels = 0

export function openSocket(server: TestServer, attempt: Attempt): WebSocket {
  const url = new URL(`/ws?channelId=c${channels++}&src=en&tgt=pt`, server.url.replace('http', 'ws'))
  const { token, by = 'query' } = attempt
  if (token !== undefined && by === 'query') url.searchParams.set('token', token)
  const protocols = token !== undefined && by === 'subprotocol' ? [subprotocol, `token.${token}`] : []
  const headers = headersOf(by === 'subprotocol' ? { ...attempt, by: 'query' } : attempt)
  return new WebSocket(url, protocols, { headers })
}

/** Asks for a conversation. */
export async function talk(server: TestServer, attempt: Attempt): Promise<Answer> {
  const socket = openSocket(server, attempt)
  try {
    return await new Promise<Answer>((resolve, reject) => {
      socket.on('open', () => resolve({ status: 101, code: '', retryAfter: undefined, body: {} }))
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

/** Sends a request of HTTP: with a body as POST, without as GET. */
export async function ask(
  server: TestServer,
  path: string,
  attempt: Attempt,
  body?: unknown,
): Promise<Answer> {
  const { token, by = 'header' } = attempt
  const url = new URL(path, server.url)
  if (token !== undefined && by === 'query') url.searchParams.set('token', token)
  const headers = headersOf({ ...attempt, by })
  const post = { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await fetch(url, body === undefined ? { headers } : post)
  return toAnswer(response.status, response.headers.get('retry-after') ?? undefined, await response.text())
}

export const hello = { text: 'Hello', src: 'en', tgt: 'pt' }

function headersOf({ token, by, headers = {} }: Attempt): Record<string, string> {
  if (token === undefined || by === undefined || by === 'query') return { ...headers }
  if (by === 'header') return { ...headers, authorization: `Bearer ${token}` }
  return { ...headers, 'sec-websocket-protocol': `${subprotocol}, token.${token}` }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return toAnswer(response.statusCode ?? 0, response.headers['retry-after'], text)
}

function toAnswer(status: number, retryAfter: string | undefined, text: string): Answer {
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as { error?: { code: string } }
  return { status, code: body.error?.code ?? '', retryAfter, body: { ...body } }
}
