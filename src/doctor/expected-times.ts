/** What the requests of `trial-requests.ts` take. Measured on two cores of an AMD EPYC, the fastest of many runs. */
import { measureYardstick } from './yardstick.ts'

interface ReferenceTime {
  readonly ms: number
  /** Threads that it was measured with. */
  readonly threads: 1 | 2
}

/** `yardstick.ts` on the machine that the times are of, by threads. */
const referenceYardstickMs = { 1: 1, 2: 1 } as const

/** By model. What is not here, such as larger models and those on a GPU, was never measured there. */
const referenceTimes: Readonly<Record<string, ReferenceTime>> = {}

/** Tells what a model should take on this machine. */
export class ExpectedTimes {
  /** By threads. */
  readonly #yardsticks = new Map<number, Promise<number>>()

  /** @returns milliseconds; undefined for a model that was never measured. */
  async of(model: string, threads: number): Promise<number | undefined> {
    const reference = Object.hasOwn(referenceTimes, model) ? referenceTimes[model] : undefined
    if (reference === undefined) return undefined
    const yardstickMs = await this.#yardstick(threads)
    return (reference.ms * yardstickMs) / referenceYardstickMs[reference.threads]
  }

  #yardstick(threads: number): Promise<number> {
    const measured = this.#yardsticks.get(threads) ?? measureYardstick(threads)
    this.#yardsticks.set(threads, measured)
    return measured
  }
}
