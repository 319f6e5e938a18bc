/** Writes `tokens.txt`: the symbols of the voices and their ids, "symbol id" a line, the padding first. */
import { vocabulary } from '../src/stages/speak/kokoro-phonemes.ts'

process.stdout.write('_ 0\n')
for (const [symbol, id] of vocabulary) process.stdout.write(`${symbol} ${id}\n`)
