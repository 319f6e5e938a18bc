/** What a client may have at most. It is counted by its address and by its token; whoever wants more is refused. */
import type { DoorConfig } from '../../config-doors.ts'
import { VoxbridgeError } from '../../errors.ts'
import type { ApiToken } from './api-tokens.ts'
import { Places, RateLimit } from './rate-limits.ts'
import { type Upload, UploadBudget } from './upload-budget.ts'

export interface Client {
  /** Undefined for this machine itself, which may as much as it likes. */
  readonly address?: string | undefined
  readonly token?: Pick<ApiToken, 'id' | 'maxChannels'> | undefined
}

export interface ChannelPlace {
  /** Counts a message of the conversation. @throws VoxbridgeError ERR_TOO_MANY */
  message(): void
  leave(): void
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** The page is some forty files. */
const publicRequestsForEach = 10

export class Limits {
  readonly #config: DoorConfig['limits']
  readonly #onRefused: () => void
  readonly #connections: RateLimit
  readonly #requests: RateLimit
  readonly #publicRequests: RateLimit
  readonly #speechS: RateLimit
  readonly #channels = new Places()
  readonly #uploads: UploadBudget

  constructor(config: DoorConfig['limits'], onRefused: () => void) {
    const { connectionsPerMinute, requestsPerMinute, speechMinutesPerHour, uploadBytes } = config
    this.#config = config
    this.#onRefused = onRefused
    this.#connections = new RateLimit({ max: connectionsPerMinute, perMs: minuteMs })
    this.#requests = new RateLimit({ max: requestsPerMinute, perMs: minuteMs })
    this.#publicRequests = new RateLimit({ max: requestsPerMinute * publicRequestsForEach, perMs: minuteMs })
    this.#speechS = new RateLimit({ max: speechMinutesPerHour * 60, perMs: hourMs })
    this.#uploads = new UploadBudget(uploadBytes)
  }

  /** Counts a connection. @returns whether it may be. */
  connect(client: Client): boolean {
    const isAllowed = keysOf(client).every((key) => this.#connections.take(key) === 0)
    if (!isAllowed) this.#onRefused()
    return isAllowed
  }

  /** Counts a request that not everybody may make. @throws VoxbridgeError ERR_TOO_MANY */
  request(client: Client): void {
    this.#take(this.#requests, client, 1, `${this.#config.requestsPerMinute} requests a minute`)
  }

  /** Counts a request of any kind, of those that everybody may make, too. @throws VoxbridgeError ERR_TOO_MANY */
  publicRequest(client: Client): void {
    const max = this.#config.requestsPerMinute * publicRequestsForEach
    this.#take(this.#publicRequests, client, 1, `${max} requests a minute`)
  }

  /** Counts speech that is to be heard. @throws VoxbridgeError ERR_TOO_MANY */
  hear(client: Client, ms: number): void {
    const allowance = `${this.#config.speechMinutesPerHour} minutes of speech an hour`
    this.#take(this.#speechS, client, ms / 1000, allowance)
  }

  /** Takes a place for a conversation. @throws VoxbridgeError ERR_TOO_MANY */
  openChannel({ address, token }: Client): ChannelPlace {
    const { channelsPerAddress, channelsPerToken, framesPerSecond } = this.#config
    const taken: string[] = []
    const leave = (): void => {
      for (const key of taken.splice(0)) this.#channels.leave(key)
    }
    const take = (client: Client, max: number, what: string): void => {
      for (const key of keysOf(client)) {
        if (this.#channels.take(key, max)) taken.push(key)
        else {
          leave()
          throw this.#tooMany(`This ${what} has ${max} conversations already: close one first.`)
        }
      }
    }
    take({ address }, channelsPerAddress, 'address')
    take({ token }, token?.maxChannels ?? channelsPerToken, 'token')
    const messages = new RateLimit({ max: framesPerSecond, perMs: 1000 })
    return {
      message: () => this.#take(messages, { address: '' }, 1, `${framesPerSecond} messages a second`),
      leave,
    }
  }

  /** Makes room for the body of a request. */
  openUpload(client: Client): Upload {
    const upload = this.#uploads.open(keysOf(client))
    return {
      add: (bytes) => {
        try {
          upload.add(bytes)
        } catch (error) {
          this.#onRefused()
          throw error
        }
      },
      release: () => upload.release(),
    }
  }

  #take(limit: RateLimit, client: Client, amount: number, allowance: string): void {
    for (const key of keysOf(client)) {
      const waitMs = limit.take(key, amount)
      if (waitMs > 0) throw this.#tooMany(`That was too much: at most ${allowance}.`, waitMs / 1000)
    }
  }

  #tooMany(message: string, retryAfterS?: number): VoxbridgeError {
    this.#onRefused()
    return new VoxbridgeError('ERR_TOO_MANY', message, retryAfterS === undefined ? {} : { retryAfterS })
  }
}

function keysOf({ address, token }: Client): string[] {
  return [
    ...(address === undefined ? [] : [`address ${address}`]),
    ...(token === undefined ? [] : [`token ${token.id}`]),
  ]
}
