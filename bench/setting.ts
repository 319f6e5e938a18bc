/** What the benches of a server have in common: the server, what is said to it, and where the result goes. */
import { writeFile } from 'node:fs/promises'
import { UsageError } from '../src/cli/translate-options.ts'
import {
  type MeasuredServer,
  openServer,
  serverOptions,
  type ServerOptions,
  serverUsage,
} from './own-server.ts'
import { ServerApi } from './server-api.ts'
import { languageName } from './suite/language-names.ts'

/** Sentences of our own with their translations, and speech in `speech`. */
export const ownData = 'bench/data'

/** For `parseArgs`. */
export const dataOptions = { data: { type: 'string', default: ownData } } as const

export const speechOptions = {
  ...serverOptions,
  ...dataOptions,
} as const

export const settingOptions = {
  ...speechOptions,
  json: { type: 'string' },
} as const

/** For the usage text. */
export const speechUsage = `${serverUsage}
  --data DIR        recordings to say: WAV files of one rate with a transcripts.tsv (a heading, then file, seconds,
                    text), in DIR or in a folder of DIR or DIR/speech for each language (${ownData})`

export const settingUsage = `${speechUsage}
  --json FILE       write the result there too`

export interface SettingValues {
  readonly server: string
  readonly url?: string | undefined
  readonly data: string
  readonly json?: string | undefined
}

export interface Setting {
  readonly server: MeasuredServer
  readonly api: ServerApi
  readonly signal: AbortSignal
}

/** Measures a server; one of our own ends with the work. */
export async function withServer<Result>(
  values: Pick<SettingValues, 'server' | 'url'>,
  options: ServerOptions,
  measure: (setting: Setting) => Promise<Result>,
): Promise<Result> {
  const server = await openServer(values, options)
  try {
    return await measure({ server, api: new ServerApi(server.url), signal: options.signal })
  } finally {
    await server.close()
  }
}

/** The same, and writes what came of it where `--json` says. */
export async function inSetting(
  values: SettingValues,
  signal: AbortSignal,
  measure: (setting: Setting) => Promise<unknown>,
): Promise<void> {
  const result = await withServer(values, { signal }, measure)
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`)
}

export interface Direction {
  readonly src: string
  readonly tgt: string
}

/**
 * @param text e.g. `pt-en,en-pt`
 * @throws UsageError
 */
export function readDirections(text: string): Direction[] {
  return text.split(',').map((direction) => {
    const [, src, tgt] = /^([a-z]{2,3})-([a-z]{2,3})$/.exec(direction) ?? []
    if (src !== undefined && tgt !== undefined) return { src, tgt }
    throw new UsageError(`"${direction}" is no direction: pt-en, or pt-en,en-pt is needed`)
  })
}

export function nameDirection({ src, tgt }: Direction): string {
  return `${languageName(src)} to ${languageName(tgt)}`
}
