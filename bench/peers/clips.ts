/** Speech for all of the contestants: recordings from a folder, or our own sentences in the voices of a server. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ownTexts, readLinePairs } from '../line-pairs.ts'
import type { ServerApi } from '../server-api.ts'
import type { Direction } from '../setting.ts'
import { readSpeechClips, type SpeechClip, toSpeechClip } from '../speech-clips.ts'
import { recordingsFolder } from '../spoken-inputs.ts'
import { languageName } from '../suite/language-names.ts'

export interface TranslatedClip extends SpeechClip {
  /** What a person made of it; undefined where nobody did. */
  readonly reference: string | undefined
}

/** @param data a column of its `transcripts.tsv` may be named for the target language, e.g. `english` */
export async function readRecordedClips(
  data: string,
  { src, tgt }: Direction,
  count: number,
): Promise<TranslatedClip[]> {
  const dir = recordingsFolder(data, src)
  const [heading = '', ...lines] = (await readFile(join(dir, 'transcripts.tsv'), 'utf8')).trim().split('\n')
  const column = heading.split('\t').indexOf(languageName(tgt).toLowerCase())
  const clips = await readSpeechClips(dir)
  return clips
    .slice(0, count)
    .map((clip, index) => ({ ...clip, reference: lines[index]?.split('\t')[column] || undefined }))
}

/** Our own conversations, spoken by the server's default voice of the language. */
export async function speakClips(
  api: ServerApi,
  { src, tgt }: Direction,
  { count, signal }: { readonly count: number; readonly signal: AbortSignal },
): Promise<TranslatedClip[]> {
  const clips: TranslatedClip[] = []
  for (const { name, sources, references } of await readLinePairs(ownTexts, src, tgt)) {
    for (const [index, text] of sources.slice(0, count - clips.length).entries()) {
      signal.throwIfAborted()
      const recording = await api.speak(text, src)
      const clip = await toSpeechClip({ name: `${name}-${index + 1}.${src}`, text, recording })
      clips.push({ ...clip, reference: references[index] })
    }
  }
  return clips
}
