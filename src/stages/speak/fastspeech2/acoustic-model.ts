/** FastSpeech2 and its like: from the ids of a text to the mel of all of it, in one run. */
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { VoxbridgeError } from '../../../errors.ts'
import { type SessionOptions, createSession } from '../../../models/session.ts'
import { type Frames, transpose } from '../hifigan/frames.ts'
import { type MelPort, findMelPort } from '../hifigan/ports.ts'
import { type AcousticRequest, acousticFeeds } from './acoustic-ports.ts'

export interface AcousticFrames {
  /** [melBins, T] */
  readonly mel: Frames
  /** What else the vocoder wants, by name: [channels, T]. */
  readonly extras: ReadonlyMap<string, Frames>
}

export interface AcousticModel {
  run(request: AcousticRequest): Promise<AcousticFrames>
  close(): Promise<void>
}

export interface AcousticOptions extends SessionOptions {
  readonly melBins: number
  /** Outputs float32 [1, channels, T] that the vocoder wants beside the mel. */
  readonly extras: readonly string[]
}

/** @throws VoxbridgeError ERR_MODEL_FORMAT where inputs or outputs are not those of an acoustic model. */
export async function loadAcousticModel(path: string, options: AcousticOptions): Promise<AcousticModel> {
  const { melBins, extras } = options
  const session = await createSession(path, options)
  try {
    const lacking = extras.filter((name) => !session.outputNames.includes(name))
    if (lacking.length > 0) {
      throw new VoxbridgeError(
        'ERR_MODEL_FORMAT',
        `the vocoder wants ${lacking.join(', ')} beside the mel, which acoustic.onnx does not give; it gives ${session.outputNames.join(', ')}`,
      )
    }
    const mel = findMelPort(session.outputMetadata, melBins, 'acoustic.onnx')
    const feed = acousticFeeds(session.inputMetadata)
    return {
      async run(request) {
        const results = await session.run(feed(request), [mel.name, ...extras])
        return {
          mel: melFrames(results, mel, melBins),
          extras: new Map(extras.map((name) => [name, framesOf(results[name]!)])),
        }
      },
      close: () => session.release(),
    }
  } catch (error) {
    await session.release()
    throw error
  }
}

function melFrames(
  results: InferenceSession.OnnxValueMapType,
  { name, layout }: MelPort,
  melBins: number,
): Frames {
  const frames = framesOf(results[name]!)
  const { channels, count, values } = frames
  const mel =
    layout === 'bins-first'
      ? frames
      : { channels: count, count: channels, values: transpose(values, channels, count) }
  if (mel.channels === melBins) return mel
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `acoustic.onnx gave a mel of ${mel.channels} bins, not of ${melBins}`,
  )
}

/** @param value [1, channels, T] */
function framesOf(value: Tensor): Frames {
  const [, channels = 0, count = 0] = value.dims
  return { channels, count, values: value.data as Float32Array }
}
