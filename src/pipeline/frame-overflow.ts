import type { Loss } from './bounded-queue.ts'
import type { AudioFrame } from './stage.ts'

const samplesPerMs = 16

/** Root mean square under which a frame counts as quiet: -46 dB, below speech at any usual microphone level. */
const quietLevel = 0.005

export function frameMs(frame: AudioFrame): number {
  return frame.samples.length / samplesPerMs
}

/** A full queue asks about every waiting frame each time another one comes. */
const judged = new WeakMap<AudioFrame, boolean>()

function isQuiet(frame: AudioFrame): boolean {
  const known = judged.get(frame)
  if (known !== undefined) return known
  let power = 0
  for (const sample of frame.samples) power += sample * sample
  const quiet = power <= quietLevel ** 2 * frame.samples.length
  judged.set(frame, quiet)
  return quiet
}

/** Gives up the oldest quiet frames first, then the oldest of the rest. */
export function giveUpFrames(waiting: readonly AudioFrame[], excessMs: number): Loss<AudioFrame>[] {
  const losses: Loss<AudioFrame>[] = []
  let rest = excessMs
  const take = (frames: readonly AudioFrame[], reason: string): void => {
    for (const frame of frames) {
      if (rest <= 0) return
      losses.push({ item: frame, reason })
      rest -= frameMs(frame)
    }
  }
  const quiet = new Set(waiting.filter(isQuiet))
  take([...quiet], 'the channel fell behind: quiet audio was given up')
  const loud = waiting.filter((frame) => !quiet.has(frame))
  take(loud, 'the channel fell behind: the oldest audio was given up')
  return losses
}
