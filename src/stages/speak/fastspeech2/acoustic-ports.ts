/** Inputs of acoustic models, in which the exports of transformers, NeMo and sherpa-onnx differ. */
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { VoxbridgeError } from '../../../errors.ts'

export interface AcousticRequest {
  readonly tokens: readonly number[]
  /** 1 is the voice's own rate, 2 twice as fast. */
  readonly speed: number
  readonly speaker: number
}

type Feed = (request: AcousticRequest) => Tensor

const ids: Feed = ({ tokens }) => new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length])
const count: Feed = ({ tokens }) => new Tensor('int64', [BigInt(tokens.length)], [1])
const speaker: Feed = ({ speaker }) => new Tensor('int64', [BigInt(speaker)], [1])
const one = (valueOf: (request: AcousticRequest) => number): Feed => {
  return (request) => new Tensor('float32', [valueOf(request)], [1])
}
const perToken = (valueOf: (request: AcousticRequest) => number): Feed => {
  return (request) => {
    const { length } = request.tokens
    return new Tensor('float32', new Float32Array(length).fill(valueOf(request)), [1, length])
  }
}

/** Matcha is told how far to stray; this is what its authors let it. */
const matchaNoise = 0.667

const feeds: Readonly<Record<string, Feed>> = {
  input_ids: ids,
  text: ids,
  x: ids,
  tokens: ids,
  attention_mask: ({ tokens }) =>
    new Tensor('int64', new BigInt64Array(tokens.length).fill(1n), [1, tokens.length]),
  x_length: count,
  x_lengths: count,
  batch_lengths: count,
  speed: one(({ speed }) => speed),
  length_scale: one(({ speed }) => 1 / speed),
  pace: perToken(({ speed }) => speed),
  // NeMo shifts the pitch and scales the volume by these.
  pitch: perToken(() => 0),
  volume: perToken(() => 1),
  noise_scale: one(() => matchaNoise),
  speaker_id: speaker,
  speaker_ids: speaker,
  speaker,
  sid: speaker,
}

/**
 * Says how to fill the inputs of a model.
 * @throws VoxbridgeError ERR_MODEL_FORMAT where it has one of unknown meaning, or none for the tokens.
 */
export function acousticFeeds(
  ports: readonly InferenceSession.ValueMetadata[],
): (request: AcousticRequest) => Record<string, Tensor> {
  const names = ports.map(({ name }) => name)
  const unknown = names.filter((name) => !Object.hasOwn(feeds, name))
  if (unknown.length > 0 || !names.some((name) => feeds[name] === ids)) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `acoustic.onnx has the inputs ${names.join(', ')}; known are ${Object.keys(feeds).join(', ')}, and one of input_ids, text, x, tokens is needed`,
    )
  }
  return (request) => Object.fromEntries(names.map((name) => [name, feeds[name]!(request)]))
}
