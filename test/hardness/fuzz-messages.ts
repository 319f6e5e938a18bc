/** Wrong messages over a WebSocket that is used until the server closes it. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Random } from '../../bench/seeded-random.ts'
import {
  brokenMessage,
  bytes,
  integer,
  jsonMessage,
  jsonValue,
  longText,
  nested,
  pick,
} from './fuzz-values.ts'
import type { Target } from './fuzz-requests.ts'
import { hung, patienceMs } from './raw-socket.ts'

type Message = string | Buffer

/** One that is right, now and then, keeps the channel busy. */
const audio = (random: Random): Buffer => bytes(random, 2 * integer(random, 1, 3200))

const messageKinds: Readonly<Record<string, (random: Random) => readonly Message[]>> = {
  'messages: objects with wrong fields': (random) => [jsonMessage(random)],
  'messages: broken JSON': (random) => [brokenMessage(random)],
  'messages: any JSON': (random) => [jsonValue(random)],
  'messages: deep, long and empty': (random) => [
    pick(random, [
      () => nested(random),
      () => longText(random, integer(random, 1, 20_000)),
      () => '',
      () => JSON.stringify({ type: 'speak', text: longText(random, integer(random, 1, 2500)) }),
    ])(),
  ],
  'audio: odd, empty and too big': (random) => [
    bytes(random, pick(random, [0, 1, 3, 2 * integer(random, 0, 500) + 1, 16_001, 16_002, 130_000])),
  ],
  'order: audio, flush and close as they come': (random) =>
    Array.from({ length: integer(random, 2, 30) }, () =>
      pick<() => Message>(random, [
        () => audio(random),
        () => '{"type":"flush"}',
        () => '{"type":"keepalive"}',
        () => '{"type":"config","src":"pt","tgt":"en"}',
        () => '{"type":"config","src":"en","tgt":"pt"}',
        () => '{"text":"Bom dia","language":"pt"}',
        () => (random() < 0.1 ? '{"type":"close"}' : '{"type":"flush"}'),
      ])(),
    ),
}

/** One at a time. */
export class MessageSender {
  readonly #target: Target
  #socket: WebSocket | undefined

  constructor(target: Target) {
    this.#target = target
  }

  /** @returns the codes of the errors that came back, the close code, or `taken` */
  async send(messages: readonly Message[]): Promise<string> {
    const socket = (this.#socket ??= await this.#open())
    const words = new Set<string>()
    const onMessage = (data: Buffer, isBinary: boolean): void => {
      if (isBinary) return
      const { type, code } = JSON.parse(data.toString()) as { type: string; code?: string }
      if (type === 'error' && code !== undefined) words.add(code)
    }
    socket.on('message', onMessage)
    for (const message of messages) socket.send(message)
    const outcome = await settle(socket)
    socket.off('message', onMessage)
    if (outcome !== 'open') this.close()
    if (outcome === hung) return hung
    if (outcome !== 'open') words.add(outcome)
    return [...words].sort().join(', ') || 'taken'
  }

  close(): void {
    this.#socket?.close(1000)
    this.#socket = undefined
  }

  async #open(): Promise<WebSocket> {
    const { channelId, port } = this.#target
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?channelId=${channelId()}&src=en&tgt=pt`)
    socket.on('error', () => undefined)
    await once(socket, 'open')
    return socket
  }
}

/** Waits until the server has dealt with what was sent. */
function settle(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    const finish = (word: string): void => {
      clearTimeout(timer)
      socket.off('pong', onPong).off('close', onClose)
      resolve(word)
    }
    const onPong = (): void => finish('open')
    const onClose = (code: number): void => finish(`close ${code}`)
    const timer = setTimeout(() => finish(hung), patienceMs)
    socket.on('pong', onPong).on('close', onClose)
    if (socket.readyState === WebSocket.OPEN) socket.ping()
    else if (socket.readyState === WebSocket.CLOSED) finish('close 1006')
  })
}

export const messageNames = Object.keys(messageKinds)

export function makeMessages(name: string, random: Random): readonly Message[] {
  return messageKinds[name]?.(random) ?? []
}
