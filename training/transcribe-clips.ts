/**
 * Reads paths of WAV files (mono, 16 kHz) on standard input and writes what the recogniser hears in each, a line each.
 * Numbers are written out, as they are in the sentences that were spoken.
 *
 *     npx tsc -p training && ls wav/*.wav | node dist-bench/training/transcribe-clips.js --language pt
 */
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { readSpeech } from '../bench/speech-clips.ts'
import { readConfig } from '../src/config.ts'
import { normalizeForSpeech } from '../src/stages/speak/normalize/index.ts'
import { engineModule } from '../src/stages/transcribe/whisper/index.ts'

const { values } = parseArgs({
  options: {
    language: { type: 'string', default: 'pt' },
    /** Folder of an imported Whisper; the installed whisper-base when left out. */
    model: { type: 'string' },
    threads: { type: 'string', default: '1' },
  },
})
const modelDir = values.model ?? join(readConfig().modelsDir, 'whisper-base')
const engine = await engineModule.load({ modelDirs: [modelDir], threads: Number(values.threads) })
const notAborted = { signal: { aborted: false } }

for await (const path of createInterface({ input: process.stdin })) {
  let heard = ''
  const samples = await readSpeech(path)
  for await (const { text } of engine.run({ samples, language: values.language }, notAborted)) heard = text
  const asSpoken = normalizeForSpeech(heard.replaceAll('\n', ' '), values.language)
  process.stdout.write(`${asSpoken.trim()}\n`)
}
await engine.close()
