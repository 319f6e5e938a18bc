/** Speech for all of the contestants. */
import type { Direction } from '../setting.ts'
import { readSpeechClips, type SpeechClip } from '../speech-clips.ts'
import { readTranscripts, recordingsFolder } from '../spoken-inputs.ts'
import { languageName } from '../suite/language-names.ts'

export interface TranslatedClip extends SpeechClip {
  /** What a person made of it; undefined where nobody did. */
  readonly reference: string | undefined
}

/** @param data a column of its `transcripts.tsv` may be named for the target language, e.g. `english` */
export async function readClips(
  data: string,
  { src, tgt }: Direction,
  count: number,
): Promise<TranslatedClip[]> {
  const dir = recordingsFolder(data, src)
  const { heading, lines } = await readTranscripts(dir)
  const column = heading.indexOf(languageName(tgt).toLowerCase())
  const clips = await readSpeechClips(dir)
  return clips
    .slice(0, count)
    .map((clip, index) => ({ ...clip, reference: lines[index]?.[column] || undefined }))
}
