/**
 * Compares an imported Whisper with the token ids that the reference gives in windows of 30 s without timestamps.
 *
 * usage: npm run bench:whisper-golden -- --model DIR --rows FILE --speech DIR
 *
 * The model should be imported with precision=fp32. FILE holds {"rows": [{"file", "language", "ids", "text"}]}.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sampleRateHz } from '../src/stages/transcribe/whisper/features.ts'
import { generate } from '../src/stages/transcribe/whisper/generation.ts'
import { WhisperModel } from '../src/stages/transcribe/whisper/model.ts'
import { readSpeech } from './speech-clips.ts'

interface GoldenRow {
  readonly file: string
  readonly language: string
  readonly ids: readonly number[]
  readonly text: string
}

const windowSeconds = 30

async function transcribeWindow(
  model: WhisperModel,
  samples: Float32Array,
  language: string,
): Promise<readonly number[]> {
  const mel = await model.features(samples, windowSeconds * sampleRateHz)
  const generation = await generate(await model.encode(mel), model.description, {
    language,
    candidates: [],
    prefix: [],
    draft: [],
    speechSeconds: windowSeconds,
    timestamps: false,
    signal: { aborted: false },
  })
  return generation.tokens
}

const { values: options } = parseArgs({
  options: { model: { type: 'string' }, rows: { type: 'string' }, speech: { type: 'string' } },
})
const { model: modelDir, rows: rowsFile, speech } = options
if (modelDir === undefined || rowsFile === undefined || speech === undefined) {
  throw new Error('--model DIR, --rows FILE and --speech DIR are needed')
}
const { rows } = JSON.parse(await readFile(rowsFile, 'utf8')) as { rows: GoldenRow[] }
const model = await WhisperModel.load(modelDir, { threads: 1 })
let equal = 0
for (const { file, language, ids, text } of rows) {
  const tokens = await transcribeWindow(model, await readSpeech(join(speech, file)), language)
  if (tokens.join() === ids.join()) equal++
  else console.log(`${file}\n  expected ${text}\n  got      ${model.vocabulary.decode(tokens)}`)
}
console.log(`${equal} of ${rows.length} rows have the same token ids`)
await model.release()
