/** Contestants that take turns. */
import type { Run } from './comparison.ts'

export interface Contestant<Task, Item> {
  readonly name: string
  readonly work: (task: Task) => Promise<Item>
}

export interface TurnOptions {
  readonly signal: AbortSignal
  readonly onDone: (done: number) => void
}

/**
 * All of them do one task before any does the next, so that what else the machine does hits them alike; who begins
 * changes from task to task.
 * @returns a run for each contestant, with as many items; after an abort those of the tasks that all have done
 */
export async function takeTurns<Task, Item>(
  tasks: readonly Task[],
  contestants: readonly Contestant<Task, Item>[],
  { signal, onDone }: TurnOptions,
): Promise<Run<Item>[]> {
  const runs = contestants.map(({ name }) => ({ name, items: [] as Item[] }))
  for (const [index, task] of tasks.entries()) {
    const done = await doTask(task, index, contestants).catch((error: unknown) => {
      if (!signal.aborted) throw error
      return undefined
    })
    if (done === undefined) break
    for (const [contestant, run] of runs.entries()) run.items.push(done.get(contestant) as Item)
    onDone(index + 1)
    // Some engines work on this thread, and Ctrl-C has to be heard.
    await new Promise(setImmediate)
    if (signal.aborted) break
  }
  return runs
}

async function doTask<Task, Item>(
  task: Task,
  index: number,
  contestants: readonly Contestant<Task, Item>[],
): Promise<Map<number, Item>> {
  const done = new Map<number, Item>()
  for (let turn = 0; turn < contestants.length; turn++) {
    const next = (index + turn) % contestants.length
    const contestant = contestants[next]
    if (contestant) done.set(next, await contestant.work(task))
  }
  return done
}
