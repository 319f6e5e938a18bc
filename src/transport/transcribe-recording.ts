/** A whole recording through the recogniser, window by window, cut where it is quiet. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RequestOptions } from '../models/request-queue.ts'
import { joinSamples } from '../pipeline/join-samples.ts'
import { quietestCut } from '../stages/segment/quietest-cut.ts'
import type { Recognizer } from '../stages/transcribe/recognizer.ts'
import { createResampler, pipelineRateHz } from './resampler.ts'
import type { WavSource } from './wav.ts'

export interface RecordingTranscript {
  readonly text: string
  readonly language: string
  readonly segments: readonly { readonly text: string; readonly startMs: number; readonly endMs: number }[]
}

const blockSamples = 512
const cutSearchBlocks = 125
/** A piece takes a few milliseconds even where it has 32 channels. */
const piecesPerSecond = 10

/** @param language a code or `auto`; what is detected in the first window with speech holds for the rest. */
export async function transcribeRecording(
  wav: WavSource,
  language: string,
  recognizer: Recognizer,
  options: RequestOptions,
): Promise<RecordingTranscript> {
  const segments: { text: string; startMs: number; endMs: number }[] = []
  let known = language
  for await (const { samples, startMs } of windowsOf(wav, recognizer.info.maxSeconds)) {
    const recognition = await recognizer.recognize({ samples, language: known }, options)
    if (known === 'auto' && recognition.text !== '') known = recognition.language
    for (const { text, startMs: from, endMs: to } of recognition.segments) {
      segments.push({ text, startMs: Math.round(startMs + from), endMs: Math.round(startMs + to) })
    }
  }
  const text = segments.map((segment) => segment.text.trim()).join(' ')
  return { text, language: known, segments }
}

async function* windowsOf(
  wav: WavSource,
  maxSeconds: number,
): AsyncGenerator<{ samples: Float32Array; startMs: number }> {
  const maxBlocks = Math.floor((maxSeconds * pipelineRateHz) / blockSamples)
  let blocks: Float32Array[] = []
  let startBlock = 0
  const take = (count: number): { samples: Float32Array; startMs: number } => {
    const window = {
      samples: joinSamples(blocks.slice(0, count)),
      startMs: (startBlock * blockSamples * 1000) / pipelineRateHz,
    }
    blocks = blocks.slice(count)
    startBlock += count
    return window
  }
  for await (const block of blocksOf(wav)) {
    blocks.push(block)
    if (blocks.length >= maxBlocks) yield take(quietestCut(blocks, maxBlocks - cutSearchBlocks))
  }
  if (blocks.length > 0) yield take(blocks.length)
}

/** 16 kHz in blocks; the last one is shorter. */
async function* blocksOf(wav: WavSource): AsyncGenerator<Float32Array> {
  const resampler = await createResampler(wav.rateHz)
  try {
    let rest = new Float32Array(0)
    const pieceSamples = Math.floor(wav.rateHz / piecesPerSecond)
    for (let start = 0; start < wav.length; start += pieceSamples) {
      const samples = joinSamples([rest, resampler.process(wav.read(start, pieceSamples))])
      const whole = samples.length - (samples.length % blockSamples)
      for (let at = 0; at < whole; at += blockSamples) yield samples.slice(at, at + blockSamples)
      rest = samples.slice(whole)
      // A long recording must not hold up the conversations.
      await nextTurn()
    }
    if (rest.length > 0) yield rest
  } finally {
    resampler.close()
  }
}
