/**
 * Silero VAD (https://github.com/snakers4/silero-vad, MIT): the probability that 32 ms of audio hold speech. A run
 * takes about 0.13 ms, so it may run on the main thread.
 */
import { join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { createSession } from '../../models/session.ts'

/** Samples of one block, at 16 kHz. */
export const blockSamples = 512
export const blockMs = 32

/**
 * The model's file in its folder. Version 6 misses and mistakes as little as version 5 on clean and on noisy speech,
 * but sees the end of speech some 40 ms later.
 */
export const sileroFile = 'silero_vad_v5.onnx'

/** The end of the block before is put in front of each block. */
const contextSamples = 64
const stateShape = [2, 1, 128]

/** One channel's view of the detector: it remembers what came before. */
export interface VoiceStream {
  /**
   * @param samples up to `blockSamples`; what is missing counts as silence.
   * @returns probability of speech, 0 to 1.
   */
  probability(samples: Float32Array): Promise<number>
  /** Forgets what came before. */
  reset(): void
}

/** A loaded model that all channels share. */
export interface VoiceDetector {
  createStream(): VoiceStream
  close(): Promise<void>
}

/** @throws VoxbridgeError ERR_MODEL_MISSING, ERR_MODEL_FORMAT where the folder holds no Silero VAD version 5 or 6. */
export async function loadSilero(modelDir: string): Promise<VoiceDetector> {
  const session = await createSession(join(modelDir, sileroFile), { threads: 1 })
  const sampleRate = new Tensor('int64', BigInt64Array.of(16000n), [])

  const createStream = (): VoiceStream => {
    const input = new Float32Array(contextSamples + blockSamples)
    const silence = new Tensor('float32', new Float32Array(256), stateShape)
    let state: Tensor = silence
    return {
      async probability(samples) {
        input.copyWithin(0, blockSamples)
        input.fill(0, contextSamples)
        input.set(samples, contextSamples)
        const feeds = { input: new Tensor('float32', input, [1, input.length]), state, sr: sampleRate }
        const { output, stateN } = await session.run(feeds)
        if (stateN) state = stateN
        return Number(output?.data[0])
      },
      reset() {
        input.fill(0)
        state = silence
      },
    }
  }
  return { createStream, close: () => session.release() }
}
