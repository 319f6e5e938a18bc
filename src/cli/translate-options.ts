/** The command line of `npm run translate`. */
import { parseArgs } from 'node:util'
import { secretPattern } from '../transport/auth/credentials.ts'

export const help = `Usage: npm run translate -- FILE.wav --src LANG --tgt LANG [options]

Streams a recording to the server as a microphone would, in real time, and prints what comes back: what was heard, its
translation, and how long it took. Finds the server on the configured HOST and PORT, or starts one for as long as it
is needed.

  --src LANG     language of the recording: an ISO 639-1 code such as en, or auto
  --tgt LANG     language to translate into, such as pt
  --out FILE     where to write the translated speech as WAV (default: none is written)
  --url URL      server to use, e.g. http://127.0.0.1:8000/ (default: the configured one)
  --token TOKEN  where the server asks for one (default: VOXBRIDGE_TOKEN, which no list of processes shows)
  --voice NAME   voice that speaks; GET /languages lists them
  --fast         send at four times real time
  --help         this text

Example: npm run translate -- samples/hello-en.wav --src en --tgt pt --out out.wav

Exit codes: 0 translated, 1 the server or the translation failed, 2 the command line or the file is wrong.
`

export interface TranslateOptions {
  readonly file: string
  readonly src: string
  readonly tgt: string
  readonly out: string | undefined
  readonly url: URL | undefined
  readonly token: string | undefined
  readonly voice: string | undefined
  readonly fast: boolean
}

/** What is wrong with the command line, in words for its author. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * @returns the options, or `help` where that was asked for.
 * @throws UsageError
 */
export function parseTranslateOptions(args: readonly string[]): TranslateOptions | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const [file, ...rest] = positionals
  if (file === undefined) throw new UsageError('name the WAV file to translate')
  if (rest.length > 0) throw new UsageError(`one file at a time: ${rest.join(' ')} is too much`)
  return {
    file,
    src: language(values.src, '--src', 'the language of the recording, e.g. --src en'),
    tgt: language(values.tgt, '--tgt', 'the language to translate into, e.g. --tgt pt'),
    out: values.out,
    url: values.url === undefined ? undefined : serverUrl(values.url),
    token: token(values.token),
    voice: values.voice,
    fast: values.fast,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        src: { type: 'string' },
        tgt: { type: 'string' },
        out: { type: 'string' },
        url: { type: 'string' },
        token: { type: 'string' },
        voice: { type: 'string' },
        fast: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function language(value: string | undefined, name: string, meaning: string): string {
  if (value === undefined) throw new UsageError(`${name} is missing: ${meaning}`)
  return value
}

function token(value: string | undefined): string | undefined {
  if (value === undefined || secretPattern.test(value)) return value
  throw new UsageError('--token must be a token, without spaces')
}

/** Takes the address of the server or of its socket; both become the former. */
function serverUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^(https?|wss?):$/.test(url.protocol)) {
    throw new UsageError(
      `--url ${text} is no address such as http://127.0.0.1:8000/ or ws://127.0.0.1:8000/ws`,
    )
  }
  url.protocol = url.protocol.replace('ws', 'http')
  url.pathname = url.pathname.replace(/\/ws$/, '/')
  url.search = ''
  return url
}
