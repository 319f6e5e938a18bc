/**
 * Whisper's byte-level vocabulary.
 *
 * `tokens.bin` holds the bytes of each text token in the order of their ids, each after one byte with their number.
 */
import { StringDecoder } from 'node:string_decoder'
import { VoxbridgeError } from '../../../errors.ts'

/** Byte-level tokens spell each byte as a printable character; this is GPT-2's table, reversed. */
const byteOfCharacter = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
  const table = new Map<string, number>()
  let next = 256
  for (let byte = 0; byte < 256; byte++) {
    table.set(String.fromCodePoint(printable(byte) ? byte : next++), byte)
  }
  return table
})()

/**
 * @param tokens spelled as in CTranslate2's vocabulary file, text tokens only
 * @throws VoxbridgeError ERR_MODEL_FORMAT where a token is not byte-level
 */
export function packVocabulary(tokens: readonly string[]): Uint8Array {
  const chunks: number[][] = tokens.map((token, id) => {
    const bytes = Array.from(token, (character) => {
      const byte = byteOfCharacter.get(character)
      if (byte === undefined) {
        throw new VoxbridgeError('ERR_MODEL_FORMAT', `vocabulary: token ${id} is not a byte-level token`)
      }
      return byte
    })
    if (bytes.length > 255) {
      throw new VoxbridgeError('ERR_MODEL_FORMAT', `vocabulary: token ${id} has more than 255 bytes`)
    }
    return [bytes.length, ...bytes]
  })
  return Uint8Array.from(chunks.flat())
}

export class Vocabulary {
  readonly #tokens: Uint8Array[] = []

  /** @param packed the contents of `tokens.bin` */
  constructor(packed: Uint8Array) {
    for (let offset = 0; offset < packed.length;) {
      const end = offset + 1 + (packed[offset] ?? 0)
      this.#tokens.push(packed.subarray(offset + 1, end))
      offset = end
    }
  }

  /** The text of token ids; ids that stand for no text are left out. */
  decode(ids: readonly number[]): string {
    return this.#bytes(ids).toString('utf8')
  }

  /** False where the last character of the text has only its first bytes: a token need not end with a character. */
  endsCharacter(ids: readonly number[]): boolean {
    const decoder = new StringDecoder('utf8')
    decoder.write(this.#bytes(ids))
    return decoder.end() === ''
  }

  #bytes(ids: readonly number[]): Buffer {
    return Buffer.concat(ids.map((id) => this.#tokens[id]).filter((token) => token !== undefined))
  }
}
