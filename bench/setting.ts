/** What the benches of a running server have in common: their options, what is said, and the open conversation. */
import { parseArgs } from 'node:util'
import { readConfig } from '../src/config.ts'
import { Conversation } from './conversation.ts'
import { ServerApi } from './server-api.ts'
import { readRecordings, speakSentences, type SpokenInput } from './spoken-inputs.ts'

export interface Setting {
  readonly src: string
  readonly tgt: string
  /** How many inputs were asked for; `inputs` may be fewer. */
  readonly trials: number
  readonly inputs: readonly [SpokenInput, ...SpokenInput[]]
  /** Where to write the result, if anywhere. */
  readonly jsonPath: string | undefined
  readonly api: ServerApi
  readonly conversation: Conversation
}

/**
 * Reads the command line: `--src --tgt --trials --data --url --json`.
 * @throws Error where there is nothing to say or nobody to say it to.
 */
export async function openSetting(defaultTrials: number): Promise<Setting> {
  const { values } = parseArgs({
    options: {
      src: { type: 'string', default: 'en' },
      tgt: { type: 'string', default: 'pt' },
      trials: { type: 'string', default: String(defaultTrials) },
      data: { type: 'string' },
      url: { type: 'string', default: `http://127.0.0.1:${readConfig().port}/` },
      json: { type: 'string' },
    },
  })
  const { src, tgt, data, url, json } = values
  const trials = Number(values.trials)
  const api = new ServerApi(new URL(url))
  const [first, ...rest] =
    data === undefined ? await speakSentences(api, src, trials) : await readRecordings(data, trials)
  if (!first) throw new Error('there is nothing to say: the folder or the sentences are empty')
  const { sampleRate } = first.recording
  const { signal } = new AbortController()
  const conversation = await Conversation.open(api.url, { src, tgt, sampleRate, signal })
  return { src, tgt, trials, inputs: [first, ...rest], jsonPath: json, api, conversation }
}
