/** What the benches say to the server: recordings from a folder, or our own sentences in the server's own voice. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../src/cli/translate-options.ts'
import { type Recording, readWav } from '../src/cli/wav.ts'
import type { ServerApi } from './server-api.ts'

export interface SpokenInput {
  readonly name: string
  readonly text: string
  readonly recording: Recording
}

export interface InputOptions {
  /** Folder of recordings; undefined lets the server say the sentences itself. */
  readonly data: string | undefined
  readonly language: string
  /** There may be fewer. */
  readonly count: number
}

/** @throws UsageError where there is nothing to say. */
export async function readInputs(
  api: ServerApi,
  { data, language, count }: InputOptions,
): Promise<readonly [SpokenInput, ...SpokenInput[]]> {
  const [first, ...rest] =
    data === undefined
      ? await speakSentences(api, language, count)
      : await readRecordings(recordingsFolder(data, language), count)
  if (!first) throw new UsageError('there is nothing to say: the folder or the sentences are empty')
  return [first, ...rest]
}

/** A folder of recordings, or of one such folder for each language, itself or in its folder `speech`. */
export function recordingsFolder(data: string, language: string): string {
  const folders = [data, join(data, language), join(data, 'speech', language)]
  const found = folders.find((folder) => existsSync(join(folder, 'transcripts.tsv')))
  if (found !== undefined) return found
  throw new UsageError(
    `--data ${data}: there is no transcripts.tsv in it, in ${language} or in speech/${language}`,
  )
}

/** @param dir holds WAV files of one sample rate and `transcripts.tsv`: a heading, then file, seconds, text */
async function readRecordings(dir: string, count: number): Promise<SpokenInput[]> {
  const [, ...lines] = (await readFile(join(dir, 'transcripts.tsv'), 'utf8')).trim().split('\n')
  return Promise.all(
    lines.slice(0, count).map(async (line) => {
      const [name = '', , text = ''] = line.split('\t')
      return { name, text, recording: await readWav(join(dir, name)) }
    }),
  )
}

async function speakSentences(api: ServerApi, language: string, count: number): Promise<SpokenInput[]> {
  const sentences = (await readFile(`bench/sentences/${language}.txt`, 'utf8')).trim().split('\n')
  const inputs: SpokenInput[] = []
  for (const [index, text] of sentences.slice(0, count).entries()) {
    inputs.push({ name: `${language}-${index + 1}`, text, recording: await api.speak(text, language) })
  }
  return inputs
}
