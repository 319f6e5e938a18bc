/** Names and shapes of inputs and outputs, in which the exports of transformers, NeMo and sherpa-onnx differ. */
import type { InferenceSession } from 'onnxruntime-node'
import { VoxbridgeError } from '../../../errors.ts'

type Ports = readonly InferenceSession.ValueMetadata[]

/** Of the mel that leaves an acoustic model and enters a vocoder. */
const melNames: readonly string[] = ['mel', 'mels', 'spec', 'spect', 'spectrogram']
const audioNames: readonly string[] = ['audio', 'waveform', 'wav']

/** How a mel lies in memory: [1, bins, frames] or [1, frames, bins]. */
export type MelLayout = 'bins-first' | 'frames-first'

export interface MelPort {
  readonly name: string
  readonly layout: MelLayout
}

export function isMelName(name: string): boolean {
  return melNames.includes(name)
}

/**
 * @param file for the error message.
 * @throws VoxbridgeError ERR_MODEL_FORMAT where there is none, or one of another number of bins.
 */
export function findMelPort(ports: Ports, melBins: number, file: string): MelPort {
  const port = ports.find(({ name }) => isMelName(name))
  if (!port) throw missing(file, melNames, ports)
  const { name } = port
  const [, second, third] = port.isTensor ? port.shape : []
  if (second === melBins) return { name, layout: 'bins-first' }
  if (third === melBins) return { name, layout: 'frames-first' }
  const fixed = [second, third].filter((size) => typeof size === 'number' && size > 0)
  if (fixed.length > 0) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `${file} has mels of ${fixed.join(' or ')}, not of ${melBins} bins`,
    )
  }
  return { name, layout: name === 'spectrogram' ? 'frames-first' : 'bins-first' }
}

/** @throws VoxbridgeError ERR_MODEL_FORMAT */
export function findAudioPort(ports: Ports, file: string): string {
  const port = ports.find(({ name }) => audioNames.includes(name))
  if (!port) throw missing(file, audioNames, ports)
  return port.name
}

function missing(file: string, expected: readonly string[], ports: Ports): VoxbridgeError {
  const found = ports.map(({ name }) => name).join(', ')
  return new VoxbridgeError('ERR_MODEL_FORMAT', `${file} has no ${expected.join(' or ')}, only ${found}`)
}
