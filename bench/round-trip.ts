/**
 * Whether what the server speaks is what it meant to say: sentences are spoken to it, its spoken translation is
 * given back to `POST /transcribe`, and the words heard are compared with the words of the translation.
 *
 * usage: npm run bench:round-trip -- --src en --tgt pt [--trials 20] [--data DIR] [--url URL] [--json FILE]
 *        Without --data, sentences of bench/sentences are said by the server's own voice.
 */
import { writeFile } from 'node:fs/promises'
import { joinPcm } from '../src/pipeline/join-samples.ts'
import { openSetting } from './setting.ts'
import { countWordErrors, type WordErrors } from './word-error-rate.ts'

interface Row {
  readonly name: string
  readonly text: string
  readonly transcript: string
  readonly translation: string
  readonly heard: string
  readonly errors: readonly string[]
  /** The transcript against what was said. */
  readonly recognition: WordErrors
  /** What was heard in the speech against the translation. */
  readonly speech: WordErrors
}

const { src, tgt, inputs, jsonPath, api, conversation } = await openSetting(20)
const rows: Row[] = []
for (const { name, text, recording } of inputs) {
  const { transcript, translation, clauses, errors } = await conversation.say(recording)
  const pcm = joinPcm(clauses.flatMap(({ pieces }) => pieces.map((piece) => piece.pcm)))
  const heard =
    pcm.length === 0
      ? ''
      : await api.transcribe({ pcm, sampleRate: conversation.client.ready.output.sampleRate }, tgt)
  const recognition = countWordErrors(text, transcript)
  const speech = countWordErrors(translation, heard)
  rows.push({ name, text, transcript, translation, heard, errors, recognition, speech })
  console.log(
    `${name}\n  said   ${text}\n  heard  ${transcript}\n  means  ${translation}\n  spoken ${heard}  [${speech.errors}/${speech.words}]`,
  )
  for (const error of errors) console.log(`  error  ${error}`)
}
await conversation.close()

const total = (part: 'recognition' | 'speech'): { errors: number; words: number; werPercent: number } => {
  const errors = rows.reduce((sum, row) => sum + row[part].errors, 0)
  const words = rows.reduce((sum, row) => sum + row[part].words, 0)
  return { errors, words, werPercent: Math.round((10000 * errors) / words) / 100 }
}
const summary = {
  'transcript against what was said': total('recognition'),
  'speech against the translation': total('speech'),
}
console.log(`\n${src} to ${tgt}, ${rows.length} sentences`)
console.table(summary)
if (jsonPath !== undefined)
  await writeFile(jsonPath, JSON.stringify({ src, tgt, summary, rows }, null, 2) + '\n')
