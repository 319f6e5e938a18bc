/** Bytes to a server over a connection of their own, and what it answers. */
import { connect } from 'node:net'
import { randomBytes } from 'node:crypto'

/** Longer than anything here may take. */
export const patienceMs = 15_000
/** The server neither answered nor closed. */
export const hung = 'HUNG'
/** A server may go on waiting where it cannot know that nothing more comes. */
const graceMs = 150

export interface ExchangeOptions {
  readonly port: number
  readonly data: Buffer
  /** To be sent once the server has answered. */
  readonly more?: Buffer
  /**
   * end: we say that no more comes; cut: we go away at once; wait: the server knows that this is all; grace: it may not
   * know it.
   */
  readonly then: 'end' | 'cut' | 'wait' | 'grace'
  /** Reads what has come so far; undefined: more is needed. */
  readonly read?: (answer: Buffer) => string | undefined
}

/**
 * @returns `read`'s word, by default the HTTP status; `closed` where there was none, `waits` where more is awaited,
 * `cut` where we went away
 */
export function exchange({ port, data, more, then, read = readStatus }: ExchangeOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    let answer = Buffer.alloc(0)
    const finish = (word: string): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(word)
    }
    const [giveUp, giveUpMs] = then === 'grace' ? ['waits', graceMs] : [hung, patienceMs]
    const timer = setTimeout(() => finish(giveUp), giveUpMs)
    socket.on('connect', () => {
      if (then === 'end') socket.end(data)
      else socket.write(data, () => then === 'cut' && finish('cut'))
    })
    if (more) socket.once('data', () => socket.write(more))
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      const word = read(answer)
      if (word !== undefined) finish(word)
    })
    socket.on('end', () => finish('closed'))
    socket.on('error', () => finish('closed'))
  })
}

export function readStatus(answer: Buffer): string | undefined {
  return /^HTTP\/1\.1 (\d{3})/.exec(answer.toString('latin1'))?.[1]
}

export function upgradeRequest(query: string): string {
  const key = randomBytes(16).toString('base64')
  return [
    `GET /ws?${query} HTTP/1.1`,
    ...['Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    ...[`Sec-WebSocket-Key: ${key}`, '', ''],
  ].join('\r\n')
}
