import { VoxbridgeError } from '../errors.ts'

/** 0 goes before 1: a conversation's final result before a partial one and before what HTTP asks for. */
export type RequestPriority = 0 | 1

export interface RequestOptions {
  readonly signal: AbortSignal
  /** 0 when left out. */
  readonly priority?: RequestPriority
}

/** A bounded queue: first in, first out within a priority. When it is full, a request is refused. */
export class RequestQueue<T> {
  readonly capacity: number
  readonly #lanes: [T[], T[]] = [[], []]

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get size(): number {
    return this.#lanes[0].length + this.#lanes[1].length
  }

  /** @throws VoxbridgeError ERR_QUEUE_FULL */
  push(entry: T, priority: RequestPriority): void {
    if (this.size >= this.capacity) {
      throw new VoxbridgeError('ERR_QUEUE_FULL', `${this.capacity} requests wait already; try again later.`)
    }
    this.#lanes[priority].push(entry)
  }

  shift(): T | undefined {
    return this.#lanes[0].shift() ?? this.#lanes[1].shift()
  }

  /** Takes out one entry, if it still waits. */
  remove(entry: T): void {
    for (const lane of this.#lanes) {
      const index = lane.indexOf(entry)
      if (index >= 0) lane.splice(index, 1)
    }
  }

  /** Takes out everything, in the order in which it would have been served. */
  drain(): T[] {
    return this.#lanes.flatMap((lane) => lane.splice(0))
  }
}
