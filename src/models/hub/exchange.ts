/** One request to the model hub: redirects followed by hand, the token kept at home, silence noticed, faults named. */
import { type HubAccess, type HubTarget, defaultPatience } from './access.ts'
import { cannotDownload, explainNetworkFault, explainStatus, webPageInstead } from './errors.ts'
import { TransientFault } from './retry.ts'

const mostRedirects = 8

export interface ExchangeOptions {
  readonly access: HubAccess
  /** What is asked for, for messages. */
  readonly target: HubTarget
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses besides 200 that are answers. */
  readonly accept?: readonly number[]
  readonly signal: AbortSignal
}

export interface HubAnswer {
  readonly status: number
  readonly headers: Headers
  /** The content, as it arrives; its faults are named as those of the request. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** What the hub said about the file before it sent us on to its store. */
  readonly linked: LinkedFile
  /** The repository's own name, where the hub sent us on from another one. */
  readonly movedTo: string | undefined
}

export interface LinkedFile {
  readonly bytes?: number
  /** SHA-256 of a large file, git's name of a small one. */
  readonly hash?: string
}

/**
 * Asks the hub and reads the answer; the connection is closed when `read` ends, however it ends.
 * @param path Below the endpoint, with a slash in front.
 * @throws TransientFault, VoxbridgeError ERR_MODEL_FETCH, and what `read` throws
 */
export async function exchange<T>(
  path: string,
  options: ExchangeOptions,
  read: (answer: HubAnswer) => Promise<T>,
): Promise<T> {
  const { access, target, accept = [], signal } = options
  const watch = new SilenceWatch((access.patience ?? defaultPatience).silenceMs)
  const whole = AbortSignal.any([signal, watch.signal])
  const explain = (error: unknown, origin: string): unknown => {
    if (signal.aborted) return signal.reason
    if (!watch.signal.aborted) return explainNetworkFault(error, origin, target, access)
    const reason = `${origin} fell silent again and again; what has arrived is kept, the next run goes on from there`
    return new TransientFault(cannotDownload(target, reason, { cause: error }))
  }
  try {
    const { response, origin, linked, movedTo } = await follow(path, options, whole, explain)
    try {
      if (response.status !== 200 && !accept.includes(response.status)) {
        throw explainStatus(response, origin, target, access)
      }
      if (isWebPage(response) && !/\.html?$/.test(target.path ?? '')) throw webPageInstead(target, origin)
      const chunks = readBody(response, watch, (error) => explain(error, origin))
      return await read({ status: response.status, headers: response.headers, chunks, linked, movedTo })
    } finally {
      // Rejects where the body has been read or has failed, which is as good.
      await response.body?.cancel().catch(() => undefined)
    }
  } finally {
    watch.stop()
  }
}

interface Followed {
  readonly response: Response
  readonly origin: string
  readonly linked: LinkedFile
  readonly movedTo: string | undefined
}

async function follow(
  path: string,
  { access, target, headers }: ExchangeOptions,
  signal: AbortSignal,
  explain: (error: unknown, origin: string) => unknown,
): Promise<Followed> {
  let url = new URL(`${access.endpoint}${path}`)
  const home = url.origin
  let linked: LinkedFile = {}
  let movedTo: string | undefined
  for (let hop = 0; hop <= mostRedirects; hop += 1) {
    const { origin } = url
    const token = origin === home ? access.token : undefined
    let response: Response
    try {
      response = await fetch(url, {
        // A compressed answer has other lengths and offsets than the file.
        headers: {
          'user-agent': 'voxbridge',
          'accept-encoding': 'identity',
          ...headers,
          ...authorization(token),
        },
        redirect: 'manual',
        signal,
      })
    } catch (error) {
      throw explain(error, origin)
    }
    if (origin === home) linked = { ...linked, ...readLinked(response.headers) }
    const location = response.headers.get('location')
    if (response.status < 300 || response.status > 399 || location === null) {
      return { response, origin, linked, movedTo }
    }
    await response.body?.cancel()
    if (!URL.canParse(location, url.href)) break
    const next = new URL(location, url)
    if (next.origin === home) movedTo = repositoryIn(next.pathname, target) ?? movedTo
    url = next
  }
  throw cannotDownload(target, `${access.endpoint} sends us round in circles: check HF_ENDPOINT`)
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

function readLinked(headers: Headers): LinkedFile {
  const bytes = Number(headers.get('x-linked-size') ?? NaN)
  const hash = /^(?:W\/)?"([0-9a-f]{40,64})"$/.exec(headers.get('x-linked-etag') ?? '')?.[1]
  return { ...(Number.isSafeInteger(bytes) && { bytes }), ...(hash !== undefined && { hash }) }
}

/** The name of another repository than the one that was asked for, e.g. in `/new-owner/name/resolve/main/model.bin`. */
function repositoryIn(pathname: string, { repository }: HubTarget): string | undefined {
  const name = /\/([\w.-]+\/[\w.-]+)\/(?:resolve|revision)\//.exec(pathname)?.[1]
  return name === undefined || name === repository ? undefined : name
}

function isWebPage({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/html') ?? false
}

async function* readBody(
  { body }: Response,
  watch: SilenceWatch,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body ?? []) {
      watch.heard()
      yield chunk
    }
  } catch (error) {
    throw explain(error)
  }
}

/** Aborts when nothing was heard for a while. */
class SilenceWatch {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(silenceMs: number) {
    this.#timer = setTimeout(() => this.#controller.abort(), silenceMs)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  heard(): void {
    this.#timer.refresh()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
