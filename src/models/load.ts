/**
 * How busy the machine is, and what follows from it. Work is given up in declared steps: partial captions come more
 * slowly, then not at all, then nobody is let in any more, so that the answers of those who are in stay quick.
 */
import type { EngineShares } from './calibrate.ts'
import type { EngineUsage } from './engine-meter.ts'

export const loadLevels = ['normal', 'partials-slower', 'partials-off', 'full'] as const
export type LoadLevel = (typeof loadLevels)[number]

export interface Load {
  readonly level: LoadLevel
  /** Time between two partial captions of one channel; Infinity: there are none. */
  readonly partialStepMs: number
  /** Share of the busiest engine's time that finals take, 0 to 1. */
  readonly utilisation: number
  /** Why one more channel would hurt those that are open; undefined below `full`. */
  readonly full: Full | undefined
}

export interface Full {
  readonly cause: 'utilisation' | 'waiting' | 'event-loop'
  /** In words, for who is refused. */
  readonly message: string
}

export interface OpenChannel {
  readonly id: string
  readonly ageMs: number
  /** Engines that it may ask. */
  readonly engines: readonly string[]
}

export interface LoadMeasurements {
  readonly engines: Readonly<Record<string, EngineUsage>>
  /** What a speaking channel is expected to need where none was measured yet. */
  readonly expectedShares: EngineShares
  readonly channels: readonly OpenChannel[]
  /** Mean cost of a partial; 0 as long as none was measured. */
  readonly partialMs: number
  /** How late timers fire, 99th percentile. */
  readonly eventLoopP99Ms: number
}

export const partialStepsMs = [500, 700, 1000, 1400, 2000, Infinity] as const
/** Finals and partials together take at most this share of the engines' time. */
const partialsLimit = 0.7
const limits = { utilisation: 0.75, finalWaitMs: 700, eventLoopP99Ms: 50 }
/** What was taken away comes back once the load is this much below the limit, so that it does not come and go. */
const returnFactor = 0.8
/** By then a speaker has spoken, and the measurements know him. */
const settledAfterMs = 15_000

export const idleLoad: Load = {
  level: 'normal',
  partialStepMs: partialStepsMs[0],
  utilisation: 0,
  full: undefined,
}

/** Judges the measurements; `previous` is what was found last. */
export function assessLoad(measured: LoadMeasurements, previous: Load): Load {
  const utilisation = Math.max(0, ...Object.values(measured.engines).map(({ final }) => final))
  const partialStepMs = choosePartialStep(neededPartialStep(measured, utilisation), previous.partialStepMs)
  const full = findFull(measured, previous.full ? returnFactor : 1)
  return { level: levelOf(partialStepMs, full), partialStepMs, utilisation, full }
}

function levelOf(partialStepMs: number, full: Full | undefined): LoadLevel {
  if (full) return 'full'
  if (partialStepMs === Infinity) return 'partials-off'
  return partialStepMs > partialStepsMs[0] ? 'partials-slower' : 'normal'
}

/**
 * The step at which the partials of all who spoke lately fit beside the finals. All engines share the machine's
 * cores, so what counts is the busiest of them.
 */
function neededPartialStep({ engines, partialMs }: LoadMeasurements, utilisation: number): number {
  const speaking = Math.max(0, ...Object.values(engines).map(({ channels }) => channels))
  const share = partialsLimit - utilisation
  return share > 0 ? (speaking * partialMs) / share : Infinity
}

/** Slows down as soon as it must, speeds up only where the faster step would fit with room to spare. */
function choosePartialStep(neededMs: number, previousMs: number): number {
  const enoughMs = partialStepsMs.find((stepMs) => stepMs >= neededMs) ?? Infinity
  if (enoughMs >= previousMs) return enoughMs
  return (
    partialStepsMs.find((stepMs) => stepMs * returnFactor >= neededMs || stepMs >= previousMs) ?? Infinity
  )
}

function findFull(measured: LoadMeasurements, factor: number): Full | undefined {
  const { engines, eventLoopP99Ms } = measured
  for (const [name, { finalWaitMs }] of Object.entries(engines)) {
    if (finalWaitMs <= limits.finalWaitMs * factor) continue
    const message = `answers wait ${Math.round(finalWaitMs)} ms for their turn in ${name}`
    return { cause: 'waiting', message }
  }
  for (const name of Object.keys(engines)) {
    const share = shareWithOneMore(name, measured)
    if (share <= limits.utilisation * factor) continue
    const message = `one more would take ${name} to ${percent(share)} of its time, and ${percent(limits.utilisation)} is the limit`
    return { cause: 'utilisation', message }
  }
  if (eventLoopP99Ms <= limits.eventLoopP99Ms * factor) return undefined
  const message = `the server answers ${Math.round(eventLoopP99Ms)} ms late`
  return { cause: 'event-loop', message }
}

/**
 * Share of an engine's time that finals will take with one channel more. Channels that have not had the time to speak
 * count with what a speaker is expected to need, so that a crowd that comes at once is seen.
 */
function shareWithOneMore(engine: string, { channels, engines, expectedShares }: LoadMeasurements): number {
  const { final = 0, finalByChannel = new Map<string, number>() } = engines[engine] ?? {}
  const open = new Set(channels.map(({ id }) => id))
  const gone = [...finalByChannel].filter(([id]) => !open.has(id)).map(([, share]) => share)
  const settled = channels.filter(({ ageMs }) => ageMs >= settledAfterMs)
  const spoke = settled.flatMap(({ id }) => finalByChannel.get(id) ?? [])
  const expected = spoke.length > 0 ? sum(spoke) / spoke.length : (expectedShares[engine] ?? 0)
  const silent = channels
    .filter(({ ageMs, engines: used }) => ageMs < settledAfterMs && used.includes(engine))
    .map(({ id }) => Math.max(0, expected - (finalByChannel.get(id) ?? 0)))
  return final - sum(gone) + sum(silent) + expected
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
