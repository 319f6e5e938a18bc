/**
 * Sees every message that a connection is sent, for the metrics, the log and the traces: one line for each utterance and
 * one for the channel, without what was said unless that is wanted.
 */
import type { BaseLogger } from 'pino'
import type { ErrorCode } from '../errors.ts'
import type { Event } from '../pipeline/stage.ts'
import { reportLatency } from '../pipeline/timing.ts'
import type { Metrics, ServerCounters } from '../telemetry/metrics.ts'
import type { ChannelNames } from '../telemetry/otlp/spans.ts'
import type { TraceLog } from '../telemetry/otlp/trace-log.ts'
import { type UtteranceReport, Utterances } from '../telemetry/utterances.ts'
import type { CloseCode, ServerMessage, Summary } from './protocol.ts'

export interface ChannelWatchOptions extends ChannelNames {
  /** Languages that the client connected with. */
  readonly src: string
  readonly tgt: string
  /** Name of the token that the client came with. */
  readonly token?: string | undefined
  readonly metrics: Metrics
  /** Told of the same as the metrics. */
  readonly counters: ServerCounters | undefined
  readonly traces: Pick<TraceLog, 'record'> | undefined
  readonly log: Pick<BaseLogger, 'debug' | 'info'>
  /** Whether what was said and its translation are logged with each utterance. */
  readonly logText: boolean
}

export class ChannelWatch {
  readonly #options: ChannelWatchOptions
  readonly #names: ChannelNames
  readonly #counters: readonly ServerCounters[]
  readonly #utterances: Utterances
  readonly #openedAt = performance.now()
  readonly #errors = new Map<ErrorCode, number>()
  #speechMs = 0
  #reason = ''

  constructor(options: ChannelWatchOptions) {
    const { channelId, sessionId, src, tgt, metrics, counters } = options
    this.#options = options
    this.#names = { channelId, sessionId }
    this.#counters = counters ? [metrics, counters] : [metrics]
    this.#utterances = new Utterances({ src, tgt }, (report) => this.#ended(report))
    if (src !== 'auto') metrics.expect({ src, tgt })
  }

  /** @param message is about to be sent. */
  see(message: ServerMessage): void {
    if (message.type === 'ready' || message.type === 'load') return
    if (message.type === 'closed') this.#reason = message.reason
    else if (message.type === 'latency') {
      const direction = this.#utterances.directionOf(message.segment)
      for (const counters of this.#counters) counters.observeLatency(message, direction)
    } else {
      for (const counters of this.#counters) count(counters, message)
      if (message.type === 'error') this.#errors.set(message.code, (this.#errors.get(message.code) ?? 0) + 1)
      this.#utterances.see(message)
    }
  }

  /** The connection is closed, and the channel has ended. */
  end(code: CloseCode, { segments, audioInMs, audioOutMs, droppedMs }: Summary): void {
    this.#utterances.close()
    this.#options.metrics.countClosed(code)
    this.#options.log.info(
      {
        ...this.#names,
        token: this.#options.token,
        code,
        reason: this.#reason,
        durationS: seconds(performance.now() - this.#openedAt),
        utterances: segments,
        speechS: seconds(this.#speechMs),
        audioInS: seconds(audioInMs),
        audioOutS: seconds(audioOutMs),
        droppedS: seconds(droppedMs),
        errors: Object.fromEntries(this.#errors),
      },
      'channel closed',
    )
  }

  #ended(report: UtteranceReport): void {
    const { traces, log, logText, metrics } = this.#options
    const { segment, src, tgt, audioMs, spokenMs, clauses, passages, heard, translated, error } = report
    this.#speechMs += audioMs
    const captionMs = captionMsOf(report)
    if (captionMs !== undefined) metrics.observeCaption(captionMs, report)
    traces?.record(report, this.#names)
    log.debug(
      {
        ...this.#names,
        segment,
        src,
        tgt,
        audioS: seconds(audioMs),
        ...stageTimes(report),
        captionMs: captionMs && Math.round(captionMs),
        passages: passages.length,
        clauses,
        characters: heard.length,
        spokenS: seconds(spokenMs),
        error,
        ...(logText && { heard, translated }),
      },
      'utterance',
    )
  }
}

function count(counters: ServerCounters, event: Event): void {
  if (event.type === 'speech-end') counters.countUtterance()
  else if (event.type === 'error') counters.countError(event.code)
  else if (event.type === 'overrun') counters.countDropped(event.droppedMs)
}

/** Of the last passage: what is translated early has its speaker still talking. */
function stageTimes({ passages }: UtteranceReport): Readonly<Record<string, number>> {
  const timing = passages.at(-1)?.timing
  if (!timing) return {}
  const { firstAudioAt } = timing
  const { endpointMs, asrMs, mtMs, ttsMs, queueMs, firstAudioMs } = reportLatency(timing, firstAudioAt ?? 0)
  const heard = firstAudioAt === undefined ? {} : { ttsMs, queueMs, firstAudioMs }
  const times = Object.entries({ endpointMs, asrMs, mtMs, ...heard })
  return Object.fromEntries(times.map(([name, ms]) => [name, Math.round(ms)]))
}

/** Undefined where there was no speech, or its translation did not come. */
function captionMsOf({ audioMs, passages }: UtteranceReport): number | undefined {
  const { captionedAt, timing } = passages.at(-1) ?? {}
  if (audioMs === 0 || captionedAt === undefined || timing === undefined) return undefined
  return captionedAt - timing.speechEndedAt
}

function seconds(ms: number): number {
  return Math.round(ms) / 1000
}
