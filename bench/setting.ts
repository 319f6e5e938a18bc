/** What the benches of a server have in common: the server, what is said to it, and where the result goes. */
import { writeFile } from 'node:fs/promises'
import { UsageError } from '../src/cli/translate-options.ts'
import { type MeasuredServer, openServer, serverOptions, serverUsage } from './own-server.ts'
import { ServerApi } from './server-api.ts'

/** For `parseArgs`. */
export const settingOptions = {
  ...serverOptions,
  data: { type: 'string' },
  json: { type: 'string' },
} as const

/** For the usage text. */
export const settingUsage = `${serverUsage}
  --data DIR        recordings to say: WAV files of one rate with a transcripts.tsv (a heading, then file, seconds,
                    text), in DIR or in a folder of DIR for each language; without it the server's own voice says
                    the sentences of bench/sentences
  --json FILE       write the result there too`

export interface SettingValues {
  readonly server: string
  readonly url?: string | undefined
  readonly data?: string | undefined
  readonly json?: string | undefined
}

export interface Setting {
  readonly server: MeasuredServer
  readonly api: ServerApi
  readonly signal: AbortSignal
}

/** Measures a server and writes what came of it; a server of our own ends with the work. */
export async function inSetting(
  values: SettingValues,
  signal: AbortSignal,
  measure: (setting: Setting) => Promise<unknown>,
): Promise<void> {
  const server = await openServer(values, { signal })
  try {
    const result = await measure({ server, api: new ServerApi(server.url), signal })
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`)
  } finally {
    await server.close()
  }
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
