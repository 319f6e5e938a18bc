import { VoxbridgeError } from '../errors.ts'
import { FairLane } from './fair-lane.ts'

/** 0 goes before 1: a conversation's final result before a partial one and before what HTTP asks for. */
export type RequestPriority = 0 | 1

export interface RequestOptions {
  readonly signal: AbortSignal
  /** 0 when left out. */
  readonly priority?: RequestPriority
  /** Whose request it is: those of one priority are served in turn between the channels. */
  readonly channel?: string
}

/** What the scheduler knows of a request. */
export interface RequestOrigin {
  readonly priority: RequestPriority
  readonly channel: string | undefined
  /** `performance.now()` when it was made. */
  readonly queuedAt: number
}

/**
 * A bounded queue in front of an engine. Within a priority the channels are served in turn; all requests without a
 * channel take turns as one more. When the queue is full, a request is refused.
 */
export class RequestQueue<T> {
  readonly capacity: number
  readonly #lanes: readonly [FairLane<T>, FairLane<T>]

  constructor(capacity: number) {
    this.capacity = capacity
    this.#lanes = [new FairLane(capacity), new FairLane(capacity)]
  }

  get size(): number {
    return this.#lanes[0].size + this.#lanes[1].size
  }

  /** @throws VoxbridgeError ERR_QUEUE_FULL */
  push(entry: T, { priority, channel = '' }: Pick<RequestOrigin, 'priority' | 'channel'>): void {
    if (this.size >= this.capacity) {
      throw new VoxbridgeError('ERR_QUEUE_FULL', `${this.capacity} requests wait already; try again later.`)
    }
    this.#lanes[priority].push(entry, channel)
  }

  shift(): T | undefined {
    return this.#lanes[0].shift() ?? this.#lanes[1].shift()
  }

  /** Takes out one entry, if it still waits. */
  remove(entry: T): void {
    for (const lane of this.#lanes) lane.remove(entry)
  }

  /** Takes out everything, in the order in which it would have been served. */
  drain(): T[] {
    const entries: T[] = []
    for (let entry = this.shift(); entry !== undefined; entry = this.shift()) entries.push(entry)
    return entries
  }
}
