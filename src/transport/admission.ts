/** Who may come in while others are served. */
import { VoxbridgeError } from '../errors.ts'
import type { Full } from '../models/load.ts'
import type { LoadMonitor } from '../models/load-monitor.ts'
import type { SessionRegistry } from './session-registry.ts'

export type RefusalCause = 'channels' | Full['cause']

export interface AdmissionOptions {
  /** Connections at a time. */
  readonly maxChannels: number
  readonly sessions: Pick<SessionRegistry, 'size'>
  readonly load: Pick<LoadMonitor, 'refresh'>
  readonly onRefused: (cause: RefusalCause) => void
}

export class Admission {
  readonly #options: AdmissionOptions

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /**
   * Asks for room for one channel more. There always is for the first.
   * @throws VoxbridgeError ERR_OVERLOADED
   */
  checkChannel(): void {
    const { maxChannels, sessions } = this.#options
    if (sessions.size >= maxChannels) this.#refuse('channels', `all ${maxChannels} channels are in use`)
    this.#checkLoad()
  }

  /**
   * Asks whether a request for the models may disturb the conversations that are open.
   * @throws VoxbridgeError ERR_OVERLOADED
   */
  checkRequest(): void {
    this.#checkLoad()
  }

  #checkLoad(): void {
    const { load, sessions } = this.#options
    if (sessions.size === 0) return
    const { full } = load.refresh()
    if (full) this.#refuse(full.cause, full.message)
  }

  #refuse(cause: RefusalCause, message: string): never {
    this.#options.onRefused(cause)
    throw new VoxbridgeError('ERR_OVERLOADED', `There is no room now: ${message}. Try again later.`)
  }
}
