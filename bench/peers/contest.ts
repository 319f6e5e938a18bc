/** What the contests of ours against the peers have in common. */
import { toVoxbridgeError } from '../../src/errors.ts'
import { showProgress } from '../progress.ts'
import { sum } from '../statistics.ts'
import type { Measure, Run } from './comparison.ts'
import { type Contestant, takeTurns } from './turns.ts'

export interface ContestOptions {
  /** Of each contestant. */
  readonly threads: number
  readonly signal: AbortSignal
  /** Takes a line about a peer that cannot take part. */
  readonly missing: (line: string) => void
}

export interface Cost {
  readonly wallMs: number
  readonly cpuMs: number
}

/** The processor time of all items together. */
export const cpuSeconds: Measure<Pick<Cost, 'cpuMs'>> = {
  name: 'CPU time',
  key: 'cpu',
  unit: 's',
  better: 'lower',
  digits: 2,
  of: (items) => sum(items.map(({ cpuMs }) => cpuMs)) / 1000,
}

/**
 * Lets each do the first task once without counting it, as the first run of a session allocates; a peer that fails at
 * it is left out.
 * @returns the runs of ours and of the peers
 */
export async function contend<Task, Item>(
  tasks: readonly Task[],
  ours: Contestant<Task, Item>,
  peers: readonly Contestant<Task, Item>[],
  { unit, signal, missing }: ContestOptions & { readonly unit: string },
): Promise<{ ours: Run<Item>; peers: Run<Item>[] }> {
  const [first] = tasks
  if (first === undefined) return { ours: { name: ours.name, items: [] }, peers: [] }
  const ready: Contestant<Task, Item>[] = []
  await ours.work(first)
  for (const peer of peers) {
    try {
      await peer.work(first)
      ready.push(peer)
    } catch (error) {
      signal.throwIfAborted()
      missing(`${peer.name}: ${toVoxbridgeError(error).message}`)
    }
  }
  const progress = showProgress(tasks.length, unit)
  const names = [ours, ...ready].map(({ name }) => name).join(', ')
  try {
    const onDone = (done: number): void => progress.update(done, names)
    const [own = { name: ours.name, items: [] }, ...others] = await takeTurns(tasks, [ours, ...ready], {
      signal,
      onDone,
    })
    return { ours: own, peers: others }
  } finally {
    progress.stop()
  }
}
