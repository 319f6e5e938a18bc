/**
 * Marian's binary lexical shortlist (`lex*.s2t.bin`): for each source word the target words it is likely to become.
 * Only these are scored, which makes a sentence about ten times cheaper at equal quality.
 *
 *     u64 magic, u64 checksum, u64 firstNum, u64 bestNum, u64 offsetCount, u64 idCount
 *     u64 offsets[offsetCount], u32 ids[idCount]
 */
import { VoxbridgeError } from '../../../errors.ts'

const magic = 0xf11a48d5013417f5n
const headerBytes = 48
/** Marian rounds the size up to this for its matrix kernels; the extra words take part in the choice. */
const multiple = 8

export class Shortlist {
  readonly #offsets: Uint32Array
  readonly #ids: Uint32Array
  readonly #firstNum: number
  readonly #targetVocabulary: number

  /** @throws VoxbridgeError ERR_MODEL_FORMAT where the bytes are no shortlist for vocabularies of these sizes. */
  constructor(bytes: Uint8Array, sourceVocabulary: number, targetVocabulary: number) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (bytes.length < headerBytes || view.getBigUint64(0, true) !== magic) {
      throw formatError('the file is not a binary lexical shortlist (lex*.s2t.bin)')
    }
    const [firstNum, , offsetCount, idCount] = [16, 24, 32, 40].map((at) =>
      Number(view.getBigUint64(at, true)),
    ) as [number, number, number, number]
    if (bytes.length !== headerBytes + 8 * offsetCount + 4 * idCount) throw formatError('the file is cut off')
    if (offsetCount !== sourceVocabulary + 1) {
      throw formatError(`it is for ${offsetCount - 1} source words, the model has ${sourceVocabulary}`)
    }
    this.#firstNum = Math.min(firstNum, targetVocabulary)
    this.#targetVocabulary = targetVocabulary
    this.#offsets = Uint32Array.from({ length: offsetCount }, (_, index) =>
      Number(view.getBigUint64(headerBytes + 8 * index, true)),
    )
    const idsAt = headerBytes + 8 * offsetCount
    this.#ids = Uint32Array.from({ length: idCount }, (_, index) => view.getUint32(idsAt + 4 * index, true))
    if (this.#offsets.some((offset) => offset > idCount) || this.#ids.some((id) => id >= targetVocabulary)) {
      throw formatError(`it names words beyond the ${targetVocabulary} of the model`)
    }
  }

  /** Target ids that a sentence of these source ids may use, ascending. */
  select(sourceIds: readonly number[]): Int32Array {
    const chosen = new Set<number>()
    for (let id = 0; id < this.#firstNum; id++) chosen.add(id)
    for (const source of sourceIds) {
      const end = this.#offsets[source + 1] ?? 0
      for (let index = this.#offsets[source] ?? end; index < end; index++) chosen.add(this.#ids[index] ?? 0)
    }
    for (let id = this.#firstNum; chosen.size % multiple !== 0 && id < this.#targetVocabulary; id++) {
      chosen.add(id)
    }
    return Int32Array.from(chosen).sort()
  }
}

function formatError(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_MODEL_FORMAT', `Marian shortlist: ${message}`)
}
