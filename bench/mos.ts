/**
 * The quality guard of the voices: each speaks sentences that nothing was trained on, the server's own Whisper writes
 * down what it hears, DNSMOS says how it sounds, and the samples tell the rest.
 */
import { UsageError } from '../src/cli/translate-options.ts'
import { loadDnsmos } from './dnsmos-model.ts'
import { measureVoices, readQualitySentences } from './mos/measure.ts'
import { formatVoiceTable, summarizeVoice } from './mos/table.ts'
import { serverOptions, serverUsage } from './own-server.ts'
import { showProgress } from './progress.ts'
import { readCount, runBench } from './run-bench.ts'
import type { SpokenVoice } from './server-api.ts'
import { inSetting } from './setting.ts'
import { sum } from './statistics.ts'

const usage = `
usage: npm run bench:mos -- [options]

  --languages LIST  such as en,pt (all that have sentences: en, pt, es, fr, it, hi)
  --voices LIST     such as pf_dora,espeak-pt (the default voice of each language); for a model that is not loaded by
                    default, name it in TTS_MODEL
  --limit N         sentences of each language (40)
  --dnsmos FILE     sig_bak_ovr.onnx of DNSMOS (the model dnsmos of models.lock.json, fetched where need be)
  --out DIR         keep what was spoken as WAV files${serverUsage}
  --json FILE       write the result there too`

/** Languages with 40 sentences of ours in `bench/sentences/quality`. */
const testedLanguages = ['en', 'pt', 'es', 'fr', 'it', 'hi']

await runBench(
  {
    usage,
    options: {
      ...serverOptions,
      languages: { type: 'string', default: testedLanguages.join(',') },
      voices: { type: 'string' },
      limit: { type: 'string', default: '40' },
      dnsmos: { type: 'string' },
      out: { type: 'string' },
      json: { type: 'string' },
    },
  },
  async (values, signal) => {
    const languages = readLanguages(values.languages)
    const limit = readCount(values.limit, '--limit')
    const dnsmos = await loadDnsmos(values.dnsmos, { signal })
    try {
      await inSetting(values, signal, async ({ api }) => {
        const voices = chooseVoices(await api.voices(), languages, values.voices?.split(','))
        const tests = await Promise.all(
          voices.map(async (voice) => ({ voice, texts: await readQualitySentences(voice.language, limit) })),
        )
        const display = showProgress(sum(tests.map(({ texts }) => texts.length)), 'sentences')
        let done = 0
        const onSentence = ({ id }: SpokenVoice): void => display.update(++done, id)
        const options = { api, dnsmos, wavDir: values.out, onSentence, signal }
        const measured = await measureVoices(tests, options).finally(() => display.stop())
        console.log(formatVoiceTable(measured))
        if (signal.aborted) process.exitCode = 130
        return measured.map((result) => ({ ...result, summary: summarizeVoice(result) }))
      })
    } finally {
      await dnsmos?.close()
    }
  },
)

function readLanguages(list: string): string[] {
  const languages = list.split(',')
  const unknown = languages.find((language) => !testedLanguages.includes(language))
  if (unknown === undefined) return languages
  throw new UsageError(`--languages ${unknown}: there are sentences for ${testedLanguages.join(', ')}`)
}

/** @returns the wanted voices, else the default voices, in the order of the languages. */
function chooseVoices(
  all: readonly SpokenVoice[],
  languages: readonly string[],
  wanted: readonly string[] | undefined,
): SpokenVoice[] {
  const speaking = languages.flatMap((code) => all.filter(({ language }) => language === code))
  const missing = wanted?.find((id) => !speaking.some((voice) => voice.id === id))
  if (missing !== undefined) {
    const known = speaking.map(({ id }) => id).join(', ')
    throw new UsageError(`--voices ${missing}: the server's voices for ${languages.join(', ')} are ${known}`)
  }
  return speaking.filter(({ id, default: isDefault }) => (wanted ? wanted.includes(id) : isDefault === true))
}
