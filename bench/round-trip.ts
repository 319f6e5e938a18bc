/**
 * Whether what the server speaks is what it meant to say: sentences are spoken to it, its spoken translation is
 * given back to `POST /transcribe`, and the words heard are compared with the words of the translation.
 */
import { joinPcm } from '../src/pipeline/join-samples.ts'
import { Conversation } from './conversation.ts'
import { readCount, runBench } from './run-bench.ts'
import { inSetting, settingOptions, settingUsage } from './setting.ts'
import { readInputs, type SpokenInput } from './spoken-inputs.ts'
import { countWordErrors, type WordErrors } from './word-error-rate.ts'

const usage = `
usage: npm run bench:round-trip -- [--src en] [--tgt pt] [options]

  --src --tgt LANG  the direction (en, pt)
  --trials N        sentences (20)${settingUsage}`

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

function total(counts: readonly WordErrors[]): WordErrors & { werPercent: number } {
  const errors = counts.reduce((sum, count) => sum + count.errors, 0)
  const words = counts.reduce((sum, count) => sum + count.words, 0)
  return { errors, words, werPercent: Math.round((10000 * errors) / words) / 100 }
}

await runBench(
  {
    usage,
    options: {
      ...settingOptions,
      src: { type: 'string', default: 'en' },
      tgt: { type: 'string', default: 'pt' },
      trials: { type: 'string', default: '20' },
    },
  },
  async ({ src, tgt, trials, ...values }, signal) => {
    const count = readCount(trials, '--trials')
    await inSetting(values, signal, async ({ api }) => {
      const inputs = await readInputs({ data: values.data, language: src, count })
      const { sampleRate } = inputs[0].recording
      const conversation = await Conversation.open(api.url, { src, tgt, sampleRate, signal })

      async function goRound({ name, text, recording }: SpokenInput): Promise<Row> {
        const { transcript, translation, clauses, errors } = await conversation.say(recording)
        const pcm = joinPcm(clauses.flatMap(({ pieces }) => pieces.map((piece) => piece.pcm)))
        const spoken = { pcm, sampleRate: conversation.client.ready.output.sampleRate }
        const heard = pcm.length === 0 ? '' : await api.transcribe(spoken, tgt)
        const recognition = countWordErrors(text, transcript)
        const speech = countWordErrors(translation, heard)
        return { name, text, transcript, translation, heard, errors, recognition, speech }
      }

      const rows: Row[] = []
      for (const input of inputs) {
        const row = await goRound(input)
        rows.push(row)
        const { name, text, transcript, translation, heard, errors, speech } = row
        console.log(
          `${name}\n  said   ${text}\n  heard  ${transcript}\n  means  ${translation}\n  spoken ${heard}  [${speech.errors}/${speech.words}]`,
        )
        for (const error of errors) console.log(`  error  ${error}`)
      }
      await conversation.close()
      const summary = {
        'transcript against what was said': total(rows.map(({ recognition }) => recognition)),
        'speech against the translation': total(rows.map(({ speech }) => speech)),
      }
      console.log(`\n${src} to ${tgt}, ${rows.length} sentences`)
      console.table(summary)
      return { src, tgt, summary, rows }
    })
  },
)
