/**
 * Whether what the server speaks is what it meant to say: sentences are spoken to it, its spoken translation is
 * given back to `POST /transcribe`, and the words heard are compared with the words of the translation.
 *
 * usage: npm run bench:round-trip -- --src en --tgt pt [--count 20] [--data DIR] [--url URL] [--json FILE]
 *        Without --data, sentences of bench/sentences are said by the server's own voice.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { concatenate } from '../src/cli/wav.ts'
import { readConfig } from '../src/config.ts'
import { Conversation } from './conversation.ts'
import { ServerApi } from './server-api.ts'
import { readRecordings, speakSentences } from './spoken-inputs.ts'
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

const { values: options } = parseArgs({
  options: {
    src: { type: 'string', default: 'en' },
    tgt: { type: 'string', default: 'pt' },
    count: { type: 'string', default: '20' },
    data: { type: 'string' },
    url: { type: 'string', default: `http://127.0.0.1:${readConfig().port}/` },
    json: { type: 'string' },
  },
})
const { src, tgt, data } = options
const count = Number(options.count)
const api = new ServerApi(new URL(options.url))
const inputs = data === undefined ? await speakSentences(api, src, count) : await readRecordings(data, count)
const [first] = inputs
if (!first) throw new Error('there is nothing to say: the folder or the sentences are empty')

const { signal } = new AbortController()
const conversation = await Conversation.open(api.url, {
  src,
  tgt,
  sampleRate: first.recording.sampleRate,
  signal,
})
const rows: Row[] = []
for (const { name, text, recording } of inputs) {
  const { transcript, translation, clauses, errors } = await conversation.say(recording)
  const pcm = concatenate(clauses.flatMap(({ pieces }) => pieces.map((piece) => piece.pcm)))
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
if (options.json !== undefined)
  await writeFile(options.json, JSON.stringify({ src, tgt, summary, rows }, null, 2) + '\n')
