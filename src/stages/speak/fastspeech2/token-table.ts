import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'

/** Ids of the symbols that a voice knows. */
export type TokenTable = ReadonlyMap<string, number>

const fileName = 'tokens.txt'

/**
 * Reads `tokens.txt`: "symbol id" a line; a line with an id alone is that of the space, as sherpa-onnx writes it.
 * @throws VoxbridgeError ERR_MODEL_FORMAT
 */
export async function readTokenTable(dir: string): Promise<TokenTable> {
  const text = await readFile(join(dir, fileName), 'utf8').catch((cause: unknown) => {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `expected ${fileName} in ${dir}`, { cause })
  })
  const table = new Map<string, number>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '') continue
    const [, symbol = '', id] = /^(?:(.+)[ \t]+|[ \t]*)(\d+)$/u.exec(line) ?? []
    if (id === undefined) {
      throw new VoxbridgeError('ERR_MODEL_FORMAT', `${fileName}, line ${index + 1}: expected "symbol id"`)
    }
    table.set(symbol === '' ? ' ' : symbol, Number(id))
  }
  return table
}
