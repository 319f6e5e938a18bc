/** Throws wrong input at a server, in several lanes at once, and counts what came back. */
import { createRandom } from '../../bench/seeded-random.ts'
import { frameKinds } from './fuzz-frames.ts'
import { makeMessages, MessageSender, messageNames } from './fuzz-messages.ts'
import { type Attempt, requestKinds, type Target } from './fuzz-requests.ts'
import { pick } from './fuzz-values.ts'
import { hung } from './raw-socket.ts'

export interface FuzzOptions {
  readonly port: number
  readonly inputs: number
  readonly seed: number
  readonly lanes: number
  readonly onProgress?: (done: number) => void
}

/** By kind of input: how often each answer came. */
export type FuzzCounts = ReadonlyMap<string, ReadonlyMap<string, number>>

const socketKinds: Readonly<Record<string, Attempt>> = { ...requestKinds, ...frameKinds }
const kinds = [...messageNames, ...Object.keys(socketKinds)]

/** The same seed makes the same inputs; in which order they arrive is up to the lanes. */
export async function fuzz({ inputs, lanes, onProgress, port, seed }: FuzzOptions): Promise<FuzzCounts> {
  const counts = new Map<string, Map<string, number>>()
  let done = 0
  let channels = 0
  const target: Target = { port, channelId: () => `fuzz-${seed}-${channels++}` }
  const count = (kind: string, answer: string): void => {
    const answers = counts.get(kind) ?? new Map<string, number>()
    counts.set(kind, answers.set(answer, (answers.get(answer) ?? 0) + 1))
    onProgress?.(++done)
  }
  const work = async (lane: number): Promise<void> => {
    const random = createRandom(seed * 1000 + lane)
    const sender = new MessageSender(target)
    const attempt = (kind: string): Promise<string> =>
      socketKinds[kind]?.(random, target) ?? sender.send(makeMessages(kind, random))
    for (let input = lane; input < inputs; input += lanes) {
      const kind = pick(random, kinds)
      count(kind, await attempt(kind).catch((error: unknown) => `failed: ${String(error)}`))
    }
    sender.close()
  }
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)))
  return counts
}

/** How many inputs were neither answered nor ended. */
export function countHung(counts: FuzzCounts): number {
  return [...counts.values()].reduce((sum, answers) => sum + (answers.get(hung) ?? 0), 0)
}

export function formatCounts(counts: FuzzCounts): string {
  return [...counts]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([kind, answers]) => {
      const sorted = [...answers].sort(([, one], [, other]) => other - one)
      const total = sorted.reduce((sum, [, count]) => sum + count, 0)
      return `${kind.padEnd(48)}${String(total).padStart(7)}   ${sorted.map(([answer, count]) => `${answer}: ${count}`).join(' · ')}`
    })
    .join('\n')
}
