/**
 * Sends a trace of each utterance to a collector of OpenTelemetry, over OTLP/HTTP with JSON
 * (https://opentelemetry.io/docs/specs/otlp/#otlphttp). No channel waits for it. The SDK and the exporter of
 * OpenTelemetry do the same with twelve packages and 28 MB, and the newest exporter wants Node 22.
 */
import { hostname } from 'node:os'
import type { BaseLogger } from 'pino'
import { VoxbridgeError } from '../../errors.ts'
import { within } from '../../pipeline/within.ts'
import { ReportQueue } from '../report-queue.ts'
import type { UtteranceReport } from '../utterances.ts'
import { type ChannelNames, type Span, toSpans } from './spans.ts'

export interface TraceLogOptions {
  /** Base address of the collector; `v1/traces` is put behind it. */
  readonly endpoint: string
  /** Sent with each request, e.g. for authorisation. */
  readonly headers: Readonly<Record<string, string>>
  readonly log: Pick<BaseLogger, 'info' | 'warn'>
  /** Five seconds when left out. */
  readonly intervalMs?: number
}

const defaultIntervalMs = 5000
/** About 400 utterances. */
const maxSpans = 2048
const maxBatch = 512
const timeoutMs = 10_000
/** How long the end of the server waits for the last spans to arrive. */
const closeTimeoutMs = 3000
/** Those after which the same request may succeed: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const retryableStatuses = [429, 502, 503, 504]

export class TraceLog {
  readonly #url: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #closing = new AbortController()
  readonly #queue: ReportQueue<Span>
  readonly #timer: NodeJS.Timeout

  constructor({ endpoint, headers, log, intervalMs = defaultIntervalMs }: TraceLogOptions) {
    this.#url = new URL('v1/traces', endpoint.replace(/\/*$/, '/'))
    this.#headers = { ...headers, 'content-type': 'application/json' }
    this.#queue = new ReportQueue({
      capacity: maxSpans,
      maxBatch,
      send: (spans) => this.#send(spans),
      receiver: `The collector at ${this.#url.origin}`,
      log,
      signal: this.#closing.signal,
    })
    this.#timer = setInterval(() => void this.#queue.flush(), intervalMs).unref()
  }

  record(report: UtteranceReport, channel: ChannelNames): void {
    for (const span of toSpans(report, channel)) this.#queue.add(span)
  }

  /** Sends what is left, for three seconds at most. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await within(this.#queue.flush(), closeTimeoutMs)
    this.#closing.abort()
  }

  /** @throws VoxbridgeError ERR_OTLP, ERR_OTLP_REFUSED */
  async #send(spans: readonly Span[]): Promise<void> {
    const response = await this.#post(JSON.stringify(toRequest(spans)))
    await response.body?.cancel()
    if (response.ok) return
    const code = retryableStatuses.includes(response.status) ? 'ERR_OTLP' : 'ERR_OTLP_REFUSED'
    throw new VoxbridgeError(code, `The collector at ${this.#url.href} answered with ${response.status}.`)
  }

  async #post(body: string): Promise<Response> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)])
    try {
      return await fetch(this.#url, { method: 'POST', headers: this.#headers, body, signal })
    } catch (error) {
      throw new VoxbridgeError(
        'ERR_OTLP',
        `The collector at ${this.#url.href} cannot be reached. Is it running? OTEL_EXPORTER_OTLP_ENDPOINT names it; its port for HTTP is usually 4318.`,
        { cause: error },
      )
    }
  }
}

function toRequest(spans: readonly Span[]): object {
  const attributes = [
    { key: 'service.name', value: { stringValue: 'voxbridge' } },
    { key: 'host.name', value: { stringValue: hostname() } },
    { key: 'process.pid', value: { intValue: String(process.pid) } },
  ]
  return {
    resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'voxbridge' }, spans }] }],
  }
}
