/** Requests to the REST API of an MLflow server (https://mlflow.org/docs/latest/rest-api.html). */
import { VoxbridgeError } from '../../errors.ts'

export interface MlflowAccess {
  /** Address of the tracking server; a name and a password in it are sent as HTTP basic authentication. */
  readonly trackingUri: string
  /** For each request; 10 seconds when left out. */
  readonly timeoutMs?: number
  /** Ends every request. */
  readonly signal?: AbortSignal
}

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Below `/api/2.0/mlflow`, or below `/api/2.0` where it begins with `mlflow-artifacts/`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly bytes?: Uint8Array<ArrayBuffer>
}

const defaultTimeoutMs = 10_000

/** The server's answer to a request that it refused. */
export class MlflowRefusal extends VoxbridgeError {
  /** MLflow's own name of the error, e.g. `RESOURCE_DOES_NOT_EXIST`; empty where it gave none. */
  readonly errorCode: string

  constructor(errorCode: string, message: string) {
    super('ERR_MLFLOW', message)
    this.errorCode = errorCode
  }
}

export class MlflowRest {
  readonly #base: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #timeoutMs: number
  readonly #signal: AbortSignal | undefined

  constructor({ trackingUri, timeoutMs = defaultTimeoutMs, signal }: MlflowAccess) {
    const { username, password } = new URL(trackingUri)
    this.#base = new URL(trackingUri)
    this.#base.username = this.#base.password = ''
    this.#base.pathname = this.#base.pathname.replace(/\/*$/, '/')
    this.#headers = username === '' ? {} : { authorization: basicAuthorization(username, password) }
    this.#timeoutMs = timeoutMs
    this.#signal = signal
  }

  /** Without a password. */
  get address(): string {
    return this.#base.href.replace(/\/$/, '')
  }

  /**
   * @returns the JSON of the answer.
   * @throws VoxbridgeError ERR_MLFLOW where the server cannot be reached in time; MlflowRefusal where it says no;
   *   what the signal was aborted with.
   */
  async ask(request: RestRequest): Promise<unknown> {
    const signal = this.#signal
    const deadline = AbortSignal.timeout(this.#timeoutMs)
    try {
      const response = await fetch(this.#url(request), {
        method: request.method,
        headers: { ...this.#headers, 'content-type': contentType(request) },
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
        ...(request.bytes === undefined ? {} : { body: request.bytes }),
      })
      const text = await response.text()
      if (!response.ok) throw this.#refusal(request, response.status, text)
      return parseJson(text)
    } catch (error) {
      if (error instanceof VoxbridgeError || signal?.aborted) throw error
      throw new VoxbridgeError(
        'ERR_MLFLOW',
        `The MLflow server at ${this.address} ${deadline.aborted ? `did not answer within ${this.#timeoutMs / 1000} s` : `cannot be reached (${reasonOf(error)})`}. Is it running? MLFLOW_TRACKING_URI names it.`,
        { cause: error },
      )
    }
  }

  #url({ path, query = {} }: RestRequest): URL {
    const parent = path.startsWith('mlflow-artifacts/') ? 'api/2.0/' : 'api/2.0/mlflow/'
    const url = new URL(parent + path, this.#base)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return url
  }

  #refusal({ path }: RestRequest, status: number, text: string): MlflowRefusal {
    const { error_code: code = '', message = '' } = parseJson(text) as {
      error_code?: string
      message?: string
    }
    const reason = message === '' ? `HTTP status ${status}` : message.slice(0, 500)
    return new MlflowRefusal(String(code), `The MLflow server at ${this.address} refused ${path}: ${reason}`)
  }
}

function contentType({ bytes }: RestRequest): string {
  return bytes === undefined ? 'application/json' : 'application/octet-stream'
}

function basicAuthorization(username: string, password: string): string {
  const [name, secret] = [decodeURIComponent(username), decodeURIComponent(password)]
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`
}

/** @returns an empty object where `text` is no JSON object, as of a proxy's error page. */
function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** `fetch` hides what happened in the cause of its error. */
function reasonOf(error: unknown): string {
  const { cause } = error as Error
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message
  return error instanceof Error ? error.message : String(error)
}
