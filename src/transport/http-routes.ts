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
  type Route,
  type Router,
} from './http.ts'
import type { Access, Gate, Grant } from './auth/gate.ts'
import { parseTokenRequest } from './auth/token-request.ts'
import { badRequest, parseJson, stringField, type TextRule } from './json-body.ts'
import { type Abilities, checkHearing, checkTextPair, checkVoice, describeLanguages } from './languages.ts'
import { toPcm16 } from './pcm.ts'
import { isSpeed, languagePattern, maxSpeakChars, speedRule, voicePattern } from './protocol.ts'
import type { Readiness } from './readiness.ts'
import { RequestLimit } from './request-limit.ts'
import { replyWithFile, type StaticFile } from './static-files.ts'
import { transcribeRecording } from './transcribe-recording.ts'
import { encodeWav, openWav } from './wav.ts'

export interface RoutesOptions {
  readonly gate: Pick<Gate, 'enter' | 'issueBrowserToken'>
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
const maxTokenRequestBytes = 4096
/** Conversations go first. */
const priority = 1

type Handler = (request: HttpRequest, grant: Grant) => ReturnType<Route['handle']>
type Answer = (request: HttpRequest, ready: Ready, grant: Grant) => Promise<HttpReply>
/** One method for each path; `GET` answers `HEAD` too. */
interface Entry {
  readonly method: 'GET' | 'POST'
  readonly access: Access
  readonly maxBodyBytes: number
  readonly handle: Handler
}

export function createRouter({
  gate,
  readiness,
  files,
  renderMetrics,
  maxModelRequests,
  checkRequest,
}: RoutesOptions): Router {
  const limit = new RequestLimit(maxModelRequests)
  const post = (maxBodyBytes: number, answer: Answer): Entry => ({
    method: 'POST',
    access: 'request',
    maxBodyBytes,
    handle: (request, grant) => {
      checkRequest()
      return limit.run(() => answer(request, readiness.loaded, grant))
    },
  })
  const get = (access: Access, handle: Handler): Entry => ({ method: 'GET', access, maxBodyBytes: 0, handle })
  const issueToken: Handler = ({ body, ...head }) => {
    const { token, may, expiresAt } = gate.issueBrowserToken(head, parseTokenRequest(body))
    return jsonReply(201, { token, may, expiresAt: new Date(expiresAt).toISOString() })
  }
  const entries = new Map<string, Entry>([
    ['/health', get('public', () => replyHealth(readiness))],
    ['/ready', get('public', () => replyReady(readiness))],
    ['/metrics', get('metrics', async () => reply(200, metricsType, await renderMetrics()))],
    ['/languages', get('token', () => jsonReply(200, describeLanguages(readiness.loaded.abilities)))],
    ['/ws', get('public', refusePlainRequest)],
    ['/tokens', { method: 'POST', access: 'token', maxBodyBytes: maxTokenRequestBytes, handle: issueToken }],
    ['/translate', post(maxJsonBytes, translate)],
    ['/transcribe', post(maxRecordingBytes, transcribe)],
    ['/speak', post(maxJsonBytes, speak)],
  ])
  for (const [path, file] of files)
    entries.set(
      path,
      get('public', (request) => replyWithFile(file, request)),
    )

  return (head) => {
    const { method, path } = head
    const entry = entries.get(path)
    const fits = entry?.method === (method === 'HEAD' ? 'GET' : method)
    // Asked here, before the body: whoever may not come in sends none that we would keep.
    const grant = gate.enter(head, entry && fits ? entry.access : 'public')
    if (!entry) throw new VoxbridgeError('ERR_NOT_FOUND', 'There is nothing at this address.')
    if (!fits) return { maxBodyBytes: 0, handle: () => replyWrongMethod(entry.method) }
    const { handle, maxBodyBytes } = entry
    return { maxBodyBytes, upload: grant.openUpload(), handle: (request) => handle(request, grant) }
  }
}

function replyReady({ standing }: Readiness): HttpReply {
  const { obstacle, ...fields } = standing
  return obstacle ? errorReply(obstacle, { ...fields }) : jsonReply(200, fields)
}

/** Whoever restarts what is not alive does so where nothing else helps, and not while models load. */
function replyHealth({ standing: { status, obstacle } }: Readiness): HttpReply {
  return status === 'broken' && obstacle
    ? errorReply(obstacle, { status })
    : jsonReply(200, { status: 'alive' })
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
  grant: Grant,
): Promise<HttpReply> {
  const language = new URLSearchParams(query).get('src') ?? 'auto'
  checkHearing(language, abilities)
  const wav = openWav(body)
  if (wav.length > wav.rateHz * 60 * maxRecordingMinutes) {
    throw new VoxbridgeError('ERR_BODY_TOO_LARGE', `A recording may last ${maxRecordingMinutes} minutes.`)
  }
  grant.hear((wav.length / wav.rateHz) * 1000)
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

const languageCode: TextRule = {
  allowed: 'an ISO 639-1 code such as en',
  accepts: (text) => languagePattern.test(text),
}
const voiceName: TextRule = { allowed: 'the name of a voice', accepts: (text) => voicePattern.test(text) }
const textOf = (maxChars: number): TextRule => ({
  allowed: `a text of 1 to ${maxChars} characters`,
  accepts: (text) => text.trim() !== '' && text.length <= maxChars,
})

function msSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt)
}
