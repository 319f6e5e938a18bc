/** `GET` and `POST`, by path. */
import { VoxbridgeError } from '../errors.ts'
import type { Engines } from '../models/engines.ts'
import { joinPcm } from '../pipeline/join-samples.ts'
import { chooseVoice, speakWith } from '../stages/speak/choose-voice.ts'
import { splitClauses } from '../stages/speak/clauses.ts'
import {
  errorReply,
  type HttpReply,
  type HttpRequest,
  jsonReply,
  reply,
  retryLater,
  type Route,
} from './http.ts'
import { type Abilities, checkHearing, checkTextPair, checkVoice, describeLanguages } from './languages.ts'
import { toPcm16 } from './pcm.ts'
import { isSpeed, languagePattern, maxSpeakChars, speedRule, voicePattern } from './protocol.ts'
import type { Readiness } from './readiness.ts'
import { RequestLimit } from './request-limit.ts'
import { replyWithFile, type StaticFile } from './static-files.ts'
import { transcribeRecording } from './transcribe-recording.ts'
import { encodeWav, openWav } from './wav.ts'

export interface RoutesOptions {
  readonly readiness: Readiness
  readonly files: ReadonlyMap<string, StaticFile>
  readonly renderMetrics: () => Promise<string>
  /** Requests that may use the models at a time; more are refused, so that conversations find room. */
  readonly maxModelRequests: number
  /** @throws VoxbridgeError where there is no room for a request beside the conversations. */
  readonly checkRequest: () => void
}

export const maxTranslateChars = 10_000
export const maxRecordingBytes = 32 * 1024 * 1024
export const maxRecordingMinutes = 10
const maxJsonBytes = 128 * 1024
/** The text format of Prometheus. */
const metricsType = 'text/plain; version=0.0.4; charset=utf-8'
/** Conversations go first. */
const priority = 1

type Handler = Route['handle']
type Answer = (request: HttpRequest, ready: Ready) => Promise<HttpReply>
/** One method for each path; `GET` answers `HEAD` too. */
interface Entry {
  readonly method: 'GET' | 'POST'
  readonly maxBodyBytes: number
  readonly handle: Handler
}

/** @returns finds the route of a request; what it throws is the answer. */
export function createRouter({
  readiness,
  files,
  renderMetrics,
  maxModelRequests,
  checkRequest,
}: RoutesOptions): (method: string, path: string) => Route {
  const limit = new RequestLimit(maxModelRequests)
  const post = (maxBodyBytes: number, answer: Answer): Entry => ({
    method: 'POST',
    maxBodyBytes,
    handle: (request) => {
      checkRequest()
      return limit.run(() => answer(request, readiness.loaded))
    },
  })
  const get = (handle: Handler): Entry => ({ method: 'GET', maxBodyBytes: 0, handle })
  const entries = new Map<string, Entry>([
    ['/health', get(() => replyHealth(readiness))],
    ['/ready', get(() => replyReady(readiness))],
    ['/metrics', get(async () => reply(200, metricsType, await renderMetrics()))],
    ['/languages', get(() => jsonReply(200, describeLanguages(readiness.loaded.abilities)))],
    ['/ws', get(refusePlainRequest)],
    ['/translate', post(maxJsonBytes, translate)],
    ['/transcribe', post(maxRecordingBytes, transcribe)],
    ['/speak', post(maxJsonBytes, speak)],
  ])
  for (const [path, file] of files)
    entries.set(
      path,
      get((request) => replyWithFile(file, request)),
    )

  return (method, path) => {
    const entry = entries.get(path)
    if (!entry) throw new VoxbridgeError('ERR_NOT_FOUND', 'There is nothing at this address.')
    if (entry.method === (method === 'HEAD' ? 'GET' : method)) return entry
    return { maxBodyBytes: maxRecordingBytes, handle: () => replyWrongMethod(entry.method) }
  }
}

function replyReady({ standing }: Readiness): HttpReply {
  const { status, models, engines, obstacle } = standing
  if (!obstacle) return jsonReply(200, { status, models, engines })
  const { code, message } = obstacle
  return jsonReply(obstacle.status, { status, models, engines, error: { code, message } }, retryLater)
}

/** Whoever restarts what is not alive does so where nothing else helps, and not while models load. */
function replyHealth({ standing }: Readiness): HttpReply {
  const { status, obstacle } = standing
  if (status !== 'broken' || !obstacle) return jsonReply(200, { status: 'alive' })
  const { code, message } = obstacle
  return jsonReply(obstacle.status, { status, error: { code, message } })
}

function replyWrongMethod(allowed: string): HttpReply {
  const answer = errorReply(new VoxbridgeError('ERR_METHOD', `Use ${allowed} here.`))
  const allow = allowed === 'GET' ? 'GET, HEAD' : allowed
  return { ...answer, headers: { ...answer.headers, Allow: allow } }
}

function refusePlainRequest(): HttpReply {
  const message = 'This is a WebSocket: connect to ws://…/ws?channelId=ID&src=LANG&tgt=LANG.'
  return errorReply(new VoxbridgeError('ERR_BAD_REQUEST', message))
}

interface Ready {
  readonly engines: Engines
  readonly abilities: Abilities
}

async function translate({ body, signal }: HttpRequest, { engines, abilities }: Ready): Promise<HttpReply> {
  const fields = parseJson(body)
  const text = stringField(fields, 'text', textOf(maxTranslateChars))
  const src = stringField(fields, 'src', languageCode)
  const tgt = stringField(fields, 'tgt', languageCode)
  checkTextPair(src, tgt, abilities)
  const startedAt = performance.now()
  const result = await engines.translator.translate({ text, source: src, target: tgt }, { signal, priority })
  const translated = result.sentences.map((sentence) => sentence.target).join(' ')
  return jsonReply(200, { text: translated, src, tgt, model: result.model, ms: msSince(startedAt) })
}

async function transcribe(
  { body, query, signal }: HttpRequest,
  { engines, abilities }: Ready,
): Promise<HttpReply> {
  const language = new URLSearchParams(query).get('src') ?? 'auto'
  checkHearing(language, abilities)
  const wav = openWav(body)
  if (wav.length > wav.rateHz * 60 * maxRecordingMinutes) {
    throw new VoxbridgeError('ERR_BODY_TOO_LARGE', `A recording may last ${maxRecordingMinutes} minutes.`)
  }
  const startedAt = performance.now()
  const transcript = await transcribeRecording(wav, language, engines.recognizer, { signal, priority })
  return jsonReply(200, { ...transcript, ms: msSince(startedAt) })
}

async function speak({ body, signal }: HttpRequest, { engines, abilities }: Ready): Promise<HttpReply> {
  const fields = parseJson(body)
  const text = stringField(fields, 'text', textOf(maxSpeakChars))
  const language = stringField(fields, 'language', languageCode)
  const voice = Object.hasOwn(fields, 'voice') ? stringField(fields, 'voice', voiceName) : undefined
  const speed = Object.hasOwn(fields, 'speed') ? fields['speed'] : 1
  if (!isSpeed(speed)) throw badRequest(`"speed" must be ${speedRule}.`)
  checkVoice(language, voice, abilities)
  const chosen = chooseVoice(engines.synthesizers, language, voice)
  if (!chosen) throw new VoxbridgeError('ERR_VOICE', `There is no voice for ${language}.`)
  const parts: Int16Array[] = []
  // Clause by clause, so that a long text does not hold the voice while conversations wait for it.
  for (const clause of splitClauses(text, language)) {
    const speech = speakWith(chosen, { text: clause, language, speed }, { signal, priority })
    for await (const { samples } of speech) parts.push(toPcm16(samples))
  }
  return reply(200, 'audio/wav', encodeWav(joinPcm(parts), chosen.synthesizer.info.sampleRate))
}

type JsonObject = Readonly<Record<string, unknown>>

function parseJson(body: Uint8Array): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  } catch {
    throw badRequest('The body must be JSON.')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw badRequest('The body must be a JSON object.')
}

interface TextRule {
  readonly allowed: string
  accepts(this: void, text: string): boolean
}

const languageCode: TextRule = {
  allowed: 'an ISO 639-1 code such as en',
  accepts: (text) => languagePattern.test(text),
}
const voiceName: TextRule = { allowed: 'the name of a voice', accepts: (text) => voicePattern.test(text) }
const textOf = (maxChars: number): TextRule => ({
  allowed: `a text of 1 to ${maxChars} characters`,
  accepts: (text) => text.trim() !== '' && text.length <= maxChars,
})

function stringField(object: JsonObject, name: string, { allowed, accepts }: TextRule): string {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  if (typeof value === 'string' && accepts(value)) return value
  throw badRequest(`"${name}" must be ${allowed}.`)
}

function badRequest(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_BAD_REQUEST', message)
}

function msSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt)
}
