/**
 * What every engine (a model that runs in a worker) looks like from outside.
 *
 * An engine is one folder with an `index.ts` that exports an `EngineModule`, one line in `registry.ts` and one entry
 * in `models.lock.json`.
 */
import type { SessionOptions } from './session.ts'

/** The part of `AbortSignal` that code inside a worker can rely on: it is polled between the steps of a model. */
export interface CancelSignal {
  readonly aborted: boolean
}

export interface RunOptions {
  readonly signal: CancelSignal
}

/** A loaded model. It runs one request at a time and is shared by all channels. */
export interface Engine<Request, Item, Info> {
  /** What the model can do; a plain object, it crosses to the main thread. */
  readonly info: Info
  /**
   * Answers one request with a stream of items (most engines yield one). Typed arrays in an item are transferred,
   * so the engine must not touch them afterwards. Stops early, without an error, once `signal.aborted` is true.
   *
   * The same request gives as many items every time: where the worker dies over it, another one begins it again and
   * leaves out as many as were sent.
   */
  run(request: Request, options: RunOptions): AsyncIterable<Item>
  close(): Promise<void>
}

export interface EngineOptions extends SessionOptions {
  /** Installed model folders that this engine serves, e.g. one for each language pair. */
  readonly modelDirs: readonly string[]
}

/** Turns files in a foreign format into the files that an engine loads. The same input gives the same bytes. */
export interface ModelImporter {
  /** The name that `models.lock.json` uses, e.g. `ctranslate2-whisper`. */
  readonly format: string
  /** One line for `npm run models import --help`. */
  readonly description: string
  /** Whether a folder with these files (paths relative to it) has this format. */
  detect(files: readonly string[]): boolean
  /**
   * Reads `sourceDir`, writes the finished files into the existing, empty folder `targetDir`.
   * Always writes `model.json`, the description that the engine reads first.
   * @throws VoxbridgeError ERR_MODEL_FORMAT in words that say what was expected.
   */
  run(sourceDir: string, targetDir: string, options: ImportOptions): Promise<void>
}

export interface ImportOptions {
  /** Named settings of the lock entry or of the command line, e.g. `{ precision: 'fp32' }`. */
  readonly settings: Readonly<Record<string, string>>
}

/** What an engine folder exports as `engineModule`. */
export interface EngineModule<Request = never, Item = unknown, Info = unknown> {
  readonly importers: readonly ModelImporter[]
  load(options: EngineOptions): Promise<Engine<Request, Item, Info>>
}
