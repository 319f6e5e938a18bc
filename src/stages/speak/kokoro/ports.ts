import { VoxbridgeError } from '../../../errors.ts'

/** Names of a Kokoro model's inputs and outputs: exports differ in two of them. */
export interface KokoroPorts {
  readonly tokens: string
  readonly audio: string
}

/** @throws VoxbridgeError ERR_MODEL_FORMAT where they are not those of a Kokoro model. */
export function kokoroPorts(inputs: readonly string[], outputs: readonly string[]): KokoroPorts {
  const tokens = inputs.find((name) => name === 'tokens' || name === 'input_ids')
  const audio = outputs.find((name) => name === 'audio' || name === 'waveform')
  if (tokens !== undefined && audio !== undefined && inputs.includes('style') && inputs.includes('speed')) {
    return { tokens, audio }
  }
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    'this is not a Kokoro model: expected the inputs tokens (or input_ids), style and speed and the output audio ' +
      `(or waveform), found ${inputs.join(', ')} and ${outputs.join(', ')}`,
  )
}
