/**
 * Compares an imported Whisper with the token ids that the reference gives in windows of 30 s without timestamps.
 * What the engine adds, the guard against repetition and the judgement on silence, is left out.
 *
 * usage: npm run bench:whisper-golden -- --model DIR --rows FILE --speech DIR
 *
 * The model should be imported with precision=fp32. FILE holds {"rows": [{"file", "language", "ids", "text"}]}, and
 * where the reference was stopped after some tokens, how many: {"mostTokens", "rows"}.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sampleRateHz } from '../src/stages/transcribe/whisper/features.ts'
import { WhisperModel } from '../src/stages/transcribe/whisper/model.ts'
import { promptLength, readPrompt } from '../src/stages/transcribe/whisper/prompt.ts'
import { chooseToken } from '../src/stages/transcribe/whisper/token-rules.ts'
import { readSpeech } from './speech-clips.ts'

interface GoldenFile {
  readonly rows: readonly GoldenRow[]
  readonly mostTokens?: number
}

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
  mostTokens: number,
): Promise<readonly number[]> {
  const { description } = model
  const decoding = await model.encode(await model.features(samples, windowSeconds * sampleRateHz))
  const options = { language, candidates: [], prefix: [], draft: [], timestamps: false }
  let [logits = new Float32Array(0)] = (await readPrompt(decoding, description, options)).rows
  const limit = Math.min(mostTokens, description.shape.textContext - promptLength(description))
  const tokens: number[] = []
  while (tokens.length < limit) {
    const token = chooseToken(logits, tokens, description, false)
    if (token === description.tokens.endOfText) break
    tokens.push(token)
    logits = (await decoding.read([token]))[0] ?? logits
  }
  return tokens
}

const { values: options } = parseArgs({
  options: { model: { type: 'string' }, rows: { type: 'string' }, speech: { type: 'string' } },
})
const { model: modelDir, rows: rowsFile, speech } = options
if (modelDir === undefined || rowsFile === undefined || speech === undefined) {
  throw new Error('--model DIR, --rows FILE and --speech DIR are needed')
}
const { rows, mostTokens = Infinity } = JSON.parse(await readFile(rowsFile, 'utf8')) as GoldenFile
const model = await WhisperModel.load(modelDir, { threads: 1 })
let equal = 0
for (const { file, language, ids, text } of rows) {
  const tokens = await transcribeWindow(model, await readSpeech(join(speech, file)), language, mostTokens)
  if (tokens.join() === ids.join()) equal++
  else console.log(`${file}\n  expected ${text}\n  got      ${model.vocabulary.decode(tokens)}`)
}
console.log(`${equal} of ${rows.length} rows have the same token ids`)
await model.release()
