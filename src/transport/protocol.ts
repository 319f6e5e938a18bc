/** Wire protocol, version 1: the one place that reads and writes its text messages. */
import { VoxbridgeError } from '../errors.ts'
import type { Load } from '../models/load.ts'
import type { AudioChunk, ChannelSettings, Control, Event } from '../pipeline/stage.ts'
import type { LatencyReport } from '../pipeline/timing.ts'
import { fastestSpeed, slowestSpeed } from '../stages/speak/speech-request.ts'
import type { Resumption } from './line.ts'

export const protocolVersion = 1
export const maxMessageBytes = 16384
export const maxSpeakChars = 2000
export const pcmEncoding = 'pcm_s16le'

/** Why a connection ends. */
export const closeCodes = {
  done: 1000,
  goingAway: 1001,
  policy: 1008,
  frameTooLarge: 1009,
  internal: 1011,
  overloaded: 1013,
  badMessage: 4400,
  idle: 4408,
  takenOver: 4409,
  /** Never sent: the client did not come back. */
  lost: 1006,
} as const
export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]

export type ClientMessage = Control | { readonly type: 'keepalive' } | { readonly type: 'close' }

export interface Received {
  /** Of either kind. */
  readonly messages: number
  /** Of audio, at the client's rate. */
  readonly samples: number
}

export interface Ready {
  readonly type: 'ready'
  readonly sessionId: string
  readonly channelId: string
  readonly settings: ChannelSettings
  readonly inputRateHz: number
  readonly outputRateHz: number
  readonly maxFrameBytes: number
  readonly idleTimeoutMs: number
  readonly resumeWindowMs: number
  /** What the client has sent so far, over all connections of its session. */
  readonly received: Received
  /** Undefined on the first connection of a session. */
  readonly resumption: Resumption | undefined
  readonly models: {
    readonly recognizer: string
    readonly translators: readonly string[]
    readonly voices: readonly string[]
  }
  readonly load: LoadReport
}

/** How far the server is from being full, as clients see it. */
export type LoadReport = Pick<Load, 'level' | 'partialStepMs'>

export interface LoadChange extends LoadReport {
  readonly type: 'load'
}

export interface Summary {
  readonly segments: number
  readonly audioInMs: number
  readonly audioOutMs: number
  readonly droppedMs: number
  readonly errors: number
}

export interface Closed {
  readonly type: 'closed'
  readonly reason: string
  readonly summary: Summary
}

export type ServerMessage =
  Ready | LoadChange | Exclude<Event, AudioChunk> | ({ readonly type: 'latency' } & LatencyReport) | Closed

/**
 * Reads a text message of a client. Fields that version 1 does not know are ignored.
 * @throws VoxbridgeError ERR_MESSAGE that says what would be right.
 */
export function parseMessage(text: string): ClientMessage {
  const object = parseObject(text)
  const type = Object.hasOwn(object, 'type') ? object['type'] : 'speak'
  switch (type) {
    case 'flush':
    case 'keepalive':
    case 'close':
      return { type }
    case 'config':
      return { type: 'configure', settings: parseSettings(object) }
    case 'speak':
      return parseSpeak(object)
    default:
      throw badMessage('"type" must be one of flush, config, speak, keepalive, close')
  }
}

/** Writes a message to a client. @param seq 1, 2, 3 … over the session. */
export function formatMessage(message: ServerMessage, seq: number): string {
  return JSON.stringify({ type: message.type.replaceAll('-', '_'), seq, ...wireFields(message) })
}

export const languagePattern = /^[a-z]{2,3}$/
export const voicePattern = /^[A-Za-z0-9._-]{1,64}$/
export const speedRule = `a number from ${slowestSpeed} to ${fastestSpeed}`
export const isSpeed = (value: unknown): value is number =>
  typeof value === 'number' && value >= slowestSpeed && value <= fastestSpeed

function wireFields(message: ServerMessage): Readonly<Record<string, unknown>> {
  switch (message.type) {
    case 'ready':
      return readyFields(message)
    case 'load':
      return loadFields(message)
    case 'speech-start':
      return { segment: message.segment, startMs: Math.round(message.startMs) }
    case 'speech-end':
      return { segment: message.segment, endMs: Math.round(message.endMs) }
    case 'transcript': {
      const { segment, final, text, language, stable } = message
      const [startMs, endMs] = [Math.round(message.startMs), Math.round(message.endMs)]
      return { segment, final, text, language, startMs, endMs, stable }
    }
    case 'translation': {
      const { segment, clause, final, text, language } = message
      return { segment, clause, final, text, language }
    }
    case 'audio-start': {
      const { segment, sequence, language, text, sampleRate } = message
      return { segment, sequence, language, text, sampleRate }
    }
    case 'audio-end': {
      const { segment, sequence, final } = message
      return { segment, sequence, durationMs: Math.round(message.durationMs), final }
    }
    case 'latency':
      return {
        segment: message.segment,
        endpointMs: Math.round(message.endpointMs),
        asrMs: Math.round(message.asrMs),
        mtMs: Math.round(message.mtMs),
        ttsMs: Math.round(message.ttsMs),
        queueMs: Math.round(message.queueMs),
        firstAudioMs: Math.round(message.firstAudioMs),
      }
    case 'overrun':
      return { droppedMs: Math.round(message.droppedMs), reason: message.reason }
    case 'error': {
      const { code, retryable, segment } = message
      return { code, message: message.message, retryable, segment }
    }
    case 'closed':
      return { reason: message.reason, summary: message.summary }
  }
}

function readyFields(ready: Ready): Readonly<Record<string, unknown>> {
  const { source, target, voice, speed, partials, audio } = ready.settings
  return {
    protocol: protocolVersion,
    sessionId: ready.sessionId,
    channelId: ready.channelId,
    src: source,
    tgt: target,
    voice,
    speed,
    partials,
    audio,
    input: { encoding: pcmEncoding, sampleRate: ready.inputRateHz, maxFrameBytes: ready.maxFrameBytes },
    output: { encoding: pcmEncoding, sampleRate: ready.outputRateHz },
    models: ready.models,
    limits: {
      maxMessageBytes,
      maxSpeakChars,
      idleTimeoutMs: ready.idleTimeoutMs,
      resumeWindowMs: ready.resumeWindowMs,
    },
    load: loadFields(ready.load),
    received: ready.received,
    resumed: ready.resumption && resumedFields(ready.resumption, ready.outputRateHz),
  }
}

function resumedFields(
  { lostMessages, lostSamples, audioSamples }: Resumption,
  outputRateHz: number,
): Readonly<Record<string, unknown>> {
  return { lostMessages, lostAudioMs: Math.round((lostSamples / outputRateHz) * 1000), audioSamples }
}

/** JSON has no infinity. */
function loadFields({ level, partialStepMs }: LoadReport): Readonly<Record<string, unknown>> {
  return { level, partialStepMs: partialStepMs === Infinity ? null : partialStepMs }
}

type JsonObject = Readonly<Record<string, unknown>>

function parseObject(text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw badMessage('a text message must be JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badMessage('a text message must be a JSON object such as {"type":"flush"}')
  }
  return value as JsonObject
}

function parseSettings(object: JsonObject): Partial<ChannelSettings> {
  const source = optional(object, 'src', isSource, 'an ISO 639-1 code or auto')
  const target = optional(object, 'tgt', isLanguage, 'an ISO 639-1 code')
  const voice = optional(object, 'voice', isVoice, 'the name of a voice')
  const speed = optional(object, 'speed', isSpeed, speedRule)
  const partials = optional(object, 'partials', isBoolean, 'true or false')
  const audio = optional(object, 'audio', isBoolean, 'true or false')
  return {
    ...(source !== undefined && { source }),
    ...(target !== undefined && { target }),
    ...(voice !== undefined && { voice }),
    ...(speed !== undefined && { speed }),
    ...(partials !== undefined && { partials }),
    ...(audio !== undefined && { audio }),
  }
}

function parseSpeak(object: JsonObject): ClientMessage {
  const text = optional(object, 'text', isSpeakText, `a text of 1 to ${maxSpeakChars} characters`)
  if (text === undefined) {
    throw badMessage(
      'a message needs a "type" (flush, config, speak, keepalive, close); speak needs a "text"',
    )
  }
  const language = optional(object, 'language', isLanguage, 'an ISO 639-1 code')
  const voice = optional(object, 'voice', isVoice, 'the name of a voice')
  const speed = optional(object, 'speed', isSpeed, speedRule)
  const sequence = optional(object, 'sequence', isSequence, 'a whole number from 0 to 4294967295')
  const final = optional(object, 'final', isBoolean, 'true or false')
  return {
    type: 'speak',
    text,
    ...(language !== undefined && { language }),
    ...(voice !== undefined && { voice }),
    ...(speed !== undefined && { speed }),
    ...(sequence !== undefined && { sequence }),
    ...(final !== undefined && { final }),
  }
}

/** A field that is absent or null is left out; one that is there must be right. */
function optional<T>(
  object: JsonObject,
  name: string,
  isRight: (value: unknown) => value is T,
  allowed: string,
): T | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  if (value === undefined || value === null) return undefined
  if (!isRight(value)) throw badMessage(`"${name}" must be ${allowed}`)
  return value
}

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean'
const isLanguage = (value: unknown): value is string =>
  typeof value === 'string' && languagePattern.test(value)
const isSource = (value: unknown): value is string => value === 'auto' || isLanguage(value)
const isVoice = (value: unknown): value is string => typeof value === 'string' && voicePattern.test(value)
const isSequence = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff
const isSpeakText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= maxSpeakChars

function badMessage(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_MESSAGE', message)
}
