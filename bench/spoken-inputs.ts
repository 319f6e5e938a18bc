/** What the benches say to the server: recordings from a folder, or our own sentences in the server's own voice. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Recording, readWav } from '../src/cli/wav.ts'
import type { ServerApi } from './server-api.ts'

export interface SpokenInput {
  readonly name: string
  readonly text: string
  readonly recording: Recording
}

/** @param dir holds WAV files of one sample rate and `transcripts.tsv`: a heading, then file, seconds, text */
export async function readRecordings(dir: string, count: number): Promise<SpokenInput[]> {
  const [, ...lines] = (await readFile(join(dir, 'transcripts.tsv'), 'utf8')).trim().split('\n')
  return Promise.all(
    lines.slice(0, count).map(async (line) => {
      const [name = '', , text = ''] = line.split('\t')
      return { name, text, recording: await readWav(join(dir, name)) }
    }),
  )
}

/** Our own sentences of a language, said by the server. */
export async function speakSentences(
  api: ServerApi,
  language: string,
  count: number,
): Promise<SpokenInput[]> {
  const sentences = (await readFile(`bench/sentences/${language}.txt`, 'utf8')).trim().split('\n')
  const inputs: SpokenInput[] = []
  for (const [index, text] of sentences.slice(0, count).entries()) {
    inputs.push({ name: `${language}-${index + 1}`, text, recording: await api.speak(text, language) })
  }
  return inputs
}
