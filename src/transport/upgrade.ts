/** What a client asks for when it connects. */
import { VoxbridgeError } from '../errors.ts'
import type { ChannelSettings } from '../pipeline/stage.ts'
import { isSpeed, languagePattern, speedRule, voicePattern } from './protocol.ts'

export interface ConnectRequest {
  readonly channelId: string
  readonly settings: ChannelSettings
  /** Sample rate of the audio that the client will send. */
  readonly inputRateHz: number
}

const channelIdPattern = /^[A-Za-z0-9._-]{1,64}$/
/** One that is given twice may mean something else to a proxy than to us. */
const known = new Set(['channelId', 'src', 'tgt', 'rate', 'voice', 'speed', 'partials', 'audio', 'token'])
const [minRateHz, maxRateHz, defaultRateHz] = [8000, 48000, 16000]

/**
 * Reads the query of `GET /ws`. Parameters that version 1 does not know are ignored, and
 * so is `token`: the gate has looked at it.
 * @throws VoxbridgeError ERR_BAD_REQUEST that says what would be right.
 */
export function parseConnect(query: string): ConnectRequest {
  const parameters = new URLSearchParams(query)
  const twice = [...parameters.keys()].find((name) => known.has(name) && parameters.getAll(name).length > 1)
  if (twice !== undefined) throw badRequest(`${twice} is given more than once`)
  const required = (name: string, pattern: RegExp, allowed: string): string => {
    const value = parameters.get(name)
    if (value === null) throw badRequest(`${name} is missing: it must be ${allowed}`)
    if (!pattern.test(value)) throw badRequest(`${name} must be ${allowed}`)
    return value
  }
  const voice = parameters.get('voice')
  if (voice !== null && !voicePattern.test(voice)) throw badRequest('voice must be the name of a voice')
  return {
    channelId: required('channelId', channelIdPattern, '1 to 64 of A-Z a-z 0-9 . _ -'),
    settings: {
      source: required('src', /^(auto|[a-z]{2,3})$/, 'an ISO 639-1 code such as en, or auto'),
      target: required('tgt', languagePattern, 'an ISO 639-1 code such as pt'),
      voice: voice ?? undefined,
      speed: parseSpeed(parameters.get('speed')),
      partials: parseFlag(parameters, 'partials'),
      audio: parseFlag(parameters, 'audio'),
    },
    inputRateHz: parseRate(parameters.get('rate')),
  }
}

function parseFlag(parameters: URLSearchParams, name: string): boolean {
  const value = parameters.get(name) ?? '1'
  if (value !== '0' && value !== '1') throw badRequest(`${name} must be 0 or 1`)
  return value === '1'
}

function parseSpeed(value: string | null): number {
  if (value === null) return 1
  const speed = /^\d(\.\d{1,3})?$/.test(value) ? Number(value) : NaN
  if (isSpeed(speed)) return speed
  throw badRequest(`speed must be ${speedRule}`)
}

function parseRate(value: string | null): number {
  if (value === null) return defaultRateHz
  const rateHz = /^\d{4,5}$/.test(value) ? Number(value) : NaN
  if (rateHz >= minRateHz && rateHz <= maxRateHz) return rateHz
  throw badRequest(`rate must be a sample rate in Hz, from ${minRateHz} to ${maxRateHz}`)
}

function badRequest(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_BAD_REQUEST', message)
}
