/**
 * What was installed of a model that `models.lock.json` does not lock yet: the part of its entry that is missing there.
 * It stands in the model's folder, so that later starts can tell without a network that the model is complete.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { VoxbridgeError } from '../errors.ts'
import { Fields } from './fields.ts'
import { isMissing } from './file-errors.ts'
import { isCommit } from './hub/access.ts'
import {
  type HubSource,
  type LockedFile,
  type LockedModel,
  type ModelSource,
  parseFile,
  parseSource,
} from './lock.ts'

export const pinRecordFile = 'pin.json'

export interface PinRecord {
  /** With all sizes and hashes, at one commit. */
  readonly sources: readonly ModelSource[]
  readonly files: readonly LockedFile[]
}

export async function writePinRecord(
  modelDir: string,
  { importer }: LockedModel,
  { sources, files }: PinRecord,
): Promise<void> {
  const record = { importer, sources, files }
  await writeFile(join(modelDir, pinRecordFile), `${JSON.stringify(record, null, 2)}\n`)
}

/** The record in a model's folder, unless it is of something else than the lock file now asks for. */
export async function readPinRecord(modelDir: string, model: LockedModel): Promise<PinRecord | undefined> {
  try {
    const json: unknown = JSON.parse(await readFile(join(modelDir, pinRecordFile), 'utf8'))
    const fields = new Fields(json, pinRecordFile)
    const record = { sources: fields.list('sources', parseSource), files: fields.list('files', parseFile) }
    const { importer } = json as { readonly importer?: unknown }
    return isDeepStrictEqual(importer, model.importer) && answersAll(record.sources, model.sources)
      ? record
      : undefined
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError || error instanceof VoxbridgeError) return undefined
    throw error
  }
}

function answersAll(recorded: readonly ModelSource[], asked: readonly ModelSource[]): boolean {
  return (
    recorded.length === asked.length &&
    asked.every((source, index) => {
      const answer = recorded[index]
      if (source.kind === 'hub') return answer?.kind === 'hub' && answers(answer, source)
      return isDeepStrictEqual(answer, source)
    })
  )
}

/** A branch may have gone on since; what it was at the time will do. */
function answers(recorded: HubSource, asked: HubSource): boolean {
  return (
    recorded.repository === asked.repository &&
    (recorded.revision === asked.revision || !isCommit(asked.revision)) &&
    recorded.files.length === asked.files.length &&
    asked.files.every((file, index) =>
      isDeepStrictEqual({ ...recorded.files[index], ...file }, recorded.files[index]),
    )
  )
}
