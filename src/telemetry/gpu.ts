/** How busy the GPUs are, as NVIDIA's own program tells it. */
import { outputOf } from '../doctor/run-program.ts'

export interface GpuReading {
  /** Its number, as `nvidia-smi` has it. */
  readonly gpu: string
  readonly memoryUsedBytes: number
  readonly memoryBytes: number
  /** 0 to 1, over its last moments. */
  readonly utilisation: number
}

/** Prints CSV; undefined where it cannot be had. */
type Ask = () => Promise<string | undefined>

const freshMs = 5000
/** Prometheus waits ten seconds for all of the metrics. */
const timeoutMs = 3000
const bytesPerMib = 2 ** 20

const askNvidiaSmi: Ask = () =>
  outputOf(
    'nvidia-smi',
    ['--query-gpu=index,memory.used,memory.total,utilization.gpu', '--format=csv,noheader,nounits'],
    { timeoutMs },
  )

/** Asks anew when the last answer is a few seconds old, however often it is read. */
export class GpuMonitor {
  readonly #ask: Ask
  #readings: Promise<readonly GpuReading[]> | undefined
  #askedAt = -Infinity

  constructor(ask: Ask = askNvidiaSmi) {
    this.#ask = ask
  }

  /** Those of the machine, used by us or not; none where they cannot be asked. */
  read(): Promise<readonly GpuReading[]> {
    const now = performance.now()
    if (this.#readings && now - this.#askedAt < freshMs) return this.#readings
    this.#askedAt = now
    this.#readings = this.#ask().then((csv) => parseReadings(csv ?? ''))
    return this.#readings
  }
}

/** Lines such as `0, 1523, 81559, 17`; what a GPU does not tell is `[N/A]`. */
function parseReadings(csv: string): GpuReading[] {
  return csv.split('\n').flatMap((line) => {
    const [gpu = '', ...cells] = line.split(',').map((cell) => cell.trim())
    const [usedMib = NaN, mib = NaN, percent = NaN] = cells.map(Number)
    if (!/^\d+$/.test(gpu)) return []
    return {
      gpu,
      memoryUsedBytes: usedMib * bytesPerMib,
      memoryBytes: mib * bytesPerMib,
      utilisation: percent / 100,
    }
  })
}
