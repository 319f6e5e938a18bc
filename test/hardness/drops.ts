/** Drops the line of a conversation again and again, and counts what got lost on the way. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { StreamClient } from '../../src/cli/stream-client.ts'
import { between, type Random } from '../../bench/seeded-random.ts'
import type { BadLine } from './bad-line.ts'

export interface DropsOptions {
  readonly line: BadLine
  readonly client: StreamClient
  readonly random: Random
  readonly drops: number
  /** Shortest and longest time from being back to the next drop. */
  readonly gapMs: readonly [number, number]
  readonly signal: AbortSignal
}

export interface Dropped {
  readonly drops: number
  /** Of them, those that the server did not notice by itself. */
  readonly halfOpen: number
  /** From a drop until the session goes on, in order. */
  readonly awayMs: readonly number[]
  /** What client or server could not fetch again. */
  readonly lostMessages: number
}

/** @throws the error that ended the conversation. */
export async function dropAgainAndAgain(options: DropsOptions): Promise<Dropped> {
  const { client, drops, gapMs, line, random, signal } = options
  const awayMs: number[] = []
  let [halfOpen, lostMessages] = [0, 0]
  for (let drop = 0; drop < drops; drop++) {
    await sleep(between(random, ...gapMs), undefined, { signal })
    const back = resumed(client)
    const droppedAt = performance.now()
    const half = random() < 0.5
    if (half) halfOpen++
    line.cut(half)
    lostMessages += await back
    awayMs.push(performance.now() - droppedAt)
  }
  return { drops, halfOpen, awayMs, lostMessages }
}

/** @returns messages that were lost */
function resumed(client: StreamClient): Promise<number> {
  return new Promise((resolve, reject) => {
    const onEnd = (error?: Error): void => reject(error ?? new Error('the conversation ended'))
    client.once('end', onEnd)
    client.once('resumed', ({ lostMessages, unsentMessages }) => {
      client.off('end', onEnd)
      resolve(lostMessages + unsentMessages)
    })
  })
}

export interface Account {
  readonly segments: number
  /** Segments without a final transcript, or an error in its place. */
  readonly finalsMissing: number
  readonly finalsTwice: number
  /** Numbers of messages that are missing or came twice. */
  readonly messagesWrong: number
}

/** What a conversation that is over tells about itself. */
export function account(client: StreamClient): Account {
  const segments = client.all('speech_start').map(({ segment }) => segment)
  const finals = client.all('transcript').filter(({ final }) => final)
  const failed = client.all('error').flatMap(({ segment }) => segment ?? [])
  const count = (segment: number): number => finals.filter((final) => final.segment === segment).length
  const numbers = client.received.map(({ message }) => message.seq)
  return {
    segments: segments.length,
    finalsMissing: segments.filter((segment) => count(segment) === 0 && !failed.includes(segment)).length,
    finalsTwice: segments.filter((segment) => count(segment) > 1).length,
    messagesWrong: numbers.filter((number, index) => number !== index + 1).length,
  }
}
