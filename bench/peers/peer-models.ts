/** The weights that the peers read: those of our own models, from the same packages, as they were before our import. */
import { join } from 'node:path'
import type { HubAccess } from '../../src/models/hub/access.ts'
import { ensureModels } from '../../src/models/fetch.ts'
import { createProgressDisplay } from '../../src/models/progress.ts'

export interface PeerModels {
  /** A folder for CTranslate2. */
  readonly whisper: string
  /** The ONNX file, with its settings beside it. */
  readonly voice: string
}

export interface PeerModelOptions {
  readonly modelsDir: string
  /** `models.lock.json` of this folder. */
  readonly lockPath: string
  readonly hub: HubAccess
  readonly signal: AbortSignal
}

/** @throws VoxbridgeError with one line that says what to do, as `ensureModels` does */
export async function fetchPeerModels(options: PeerModelOptions): Promise<PeerModels> {
  const { modelsDir } = options
  const display = createProgressDisplay(process.stderr)
  try {
    await ensureModels(['whisper-base', 'piper-joe-en'], { ...options, report: display.report })
  } finally {
    display.stop()
  }
  return {
    whisper: join(modelsDir, 'whisper-base'),
    voice: join(modelsDir, 'piper-joe-en', 'en_US-joe-medium.onnx'),
  }
}
