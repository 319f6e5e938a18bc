/** The body of a request, as it comes in. */
import { toVoxbridgeError, VoxbridgeError } from '../errors.ts'
import type { Upload } from './auth/upload-budget.ts'
import type { Route } from './http.ts'

/** What is read beyond the end of what is allowed, so that the client gets to read the answer. */
const maxExcessBytes = 64 * 1024 * 1024
const firstBytes = 4096

interface Source {
  /** A piece is taken away when the callback ends. */
  onData(take: (piece: ArrayBuffer, isLast: boolean) => void): unknown
}

/** @throws VoxbridgeError ERR_BODY_TOO_LARGE, ERR_OVERLOADED, and the reason of the signal. */
export function readBody(
  source: Source,
  { maxBodyBytes, upload }: Pick<Route, 'maxBodyBytes' | 'upload'>,
  { signal }: { readonly signal: AbortSignal },
): Promise<Uint8Array> {
  if (maxBodyBytes === 0) return Promise.resolve(new Uint8Array())
  const body = new RequestBody(maxBodyBytes, upload)
  return new Promise((resolve, reject) => {
    let isWanted = true
    const fail = (error: unknown): void => {
      if (!isWanted) return
      isWanted = false
      body.drop()
      reject(toVoxbridgeError(error))
    }
    signal.addEventListener('abort', () => fail(signal.reason))
    source.onData((piece, isLast) => {
      if (!isWanted) return
      try {
        body.append(new Uint8Array(piece))
        const isOver = isLast || body.receivedBytes > maxBodyBytes + maxExcessBytes
        if (isOver && body.isTooLarge) throw tooLarge(maxBodyBytes)
        isWanted = !isLast
        if (isLast) resolve(body.content)
      } catch (error) {
        fail(error)
      }
    })
  })
}

function tooLarge(maxBytes: number): VoxbridgeError {
  return new VoxbridgeError('ERR_BODY_TOO_LARGE', `The body is too large: at most ${maxBytes} bytes.`)
}

/** Its memory is asked for before it is taken, however small the pieces are. */

export class RequestBody {
  readonly #maxBytes: number
  readonly #upload: Upload | undefined
  #room = Buffer.alloc(0)
  #bytes = 0
  #isTooLarge = false

  constructor(maxBytes: number, upload?: Upload) {
    this.#maxBytes = maxBytes
    this.#upload = upload
  }

  /** How many came, kept or not. */
  get receivedBytes(): number {
    return this.#bytes
  }

  /** Whether more than what is allowed came; then nothing is kept. */
  get isTooLarge(): boolean {
    return this.#isTooLarge
  }

  /** What came. */
  get content(): Uint8Array {
    return this.#room.subarray(0, this.#bytes)
  }

  /**
   * Copies the piece.
   * @throws VoxbridgeError ERR_OVERLOADED where there is no room for it.
   */
  append(piece: Uint8Array): void {
    const bytes = this.#bytes + piece.byteLength
    this.#isTooLarge ||= bytes > this.#maxBytes
    if (this.#isTooLarge) this.drop()
    else {
      this.#makeRoom(bytes)
      this.#room.set(piece, this.#bytes)
    }
    this.#bytes = bytes
  }

  /** Gives its memory back. */
  drop(): void {
    this.#room = Buffer.alloc(0)
    this.#upload?.release()
  }

  /** At least twice as much as before, so that each byte is moved once on average. */
  #makeRoom(bytes: number): void {
    const { byteLength } = this.#room
    if (bytes <= byteLength) return
    const size = Math.min(Math.max(bytes, 2 * byteLength, firstBytes), this.#maxBytes)
    this.#upload?.add(size - byteLength)
    const room = Buffer.allocUnsafeSlow(size)
    room.set(this.#room.subarray(0, this.#bytes))
    this.#room = room
  }
}
