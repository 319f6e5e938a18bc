/** What the benches say to the server: recordings of a folder. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../src/cli/translate-options.ts'
import { type Recording, readWav } from '../src/cli/wav.ts'

export interface SpokenInput {
  readonly name: string
  readonly text: string
  readonly recording: Recording
}

/**
 * @param options.data folder of recordings
 * @param options.count there may be fewer
 * @throws UsageError where there is nothing to say.
 */
export async function readInputs({
  data,
  language,
  count,
}: {
  readonly data: string
  readonly language: string
  readonly count: number
}): Promise<readonly [SpokenInput, ...SpokenInput[]]> {
  const dir = recordingsFolder(data, language)
  const [first, ...rest] = await readRecordings(dir, count)
  if (!first) throw new UsageError(`there is nothing to say: ${dir}/transcripts.tsv names no recording`)
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

/**
 * @param dir holds `transcripts.tsv`: a heading, then file, seconds, text and what else the heading names
 * @returns its columns, line by line
 */
export async function readTranscripts(
  dir: string,
): Promise<{ readonly heading: readonly string[]; readonly lines: readonly (readonly string[])[] }> {
  const text = await readFile(join(dir, 'transcripts.tsv'), 'utf8')
  const [heading = [], ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
  return { heading, lines }
}

/** @param dir holds `transcripts.tsv` and its WAV files, of one sample rate */
async function readRecordings(dir: string, count: number): Promise<SpokenInput[]> {
  const { lines } = await readTranscripts(dir)
  return Promise.all(
    lines.slice(0, count).map(async ([name = '', , text = '']) => {
      return { name, text, recording: await readWav(join(dir, name)) }
    }),
  )
}
