import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { fixtureVoice, realVocoder } from '../../../../test/fixtures/fastspeech2/voice.ts'
import { GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { joinSamples } from '../../../pipeline/join-samples.ts'
import { type Frames, checkSameFormat, sliceFrames } from './frames.ts'
import { type Vocoder, type VocoderFormat, loadVocoder } from './vocoder.ts'
import { readJsonFields, readVocoderFormat } from './vocoder-json.ts'

const path = join(fixtureVoice, 'vocoder.onnx')
const format = readVocoderFormat(await readJsonFields(fixtureVoice, 'vocoder.json'))
const none = new Map<string, Frames>()

/** Something that moves like speech: a slow wave of its own in every bin. */
function someMel(melBins: number, count: number): Frames {
  const values = Float32Array.from({ length: melBins * count }, (_, index) => {
    const [bin, frame] = [Math.floor(index / count), index % count]
    return -4 + 2 * Math.sin(frame * (0.05 + 0.01 * bin) + bin)
  })
  return { channels: melBins, count, values }
}

async function stream(vocoder: Vocoder, mel: Frames, signal = { aborted: false }): Promise<Float32Array[]> {
  const chunks = []
  for await (const chunk of vocoder.stream(mel, none, { signal })) chunks.push(chunk)
  return chunks
}

async function whole(path: string, { channels, count, values }: Frames): Promise<Float32Array> {
  const session = await InferenceSession.create(path)
  const { audio } = await session.run({ mel: new Tensor('float32', values, [1, channels, count]) })
  await session.release()
  return audio?.data as Float32Array
}

function largestDifference(first: Float32Array, second: Float32Array): number {
  return first.reduce((largest, value, index) => Math.max(largest, Math.abs(value - second[index]!)), 0)
}

t.test('chunks are the whole, to rounding', async (t) => {
  const vocoder = await loadVocoder(path, format, { threads: 1 })
  t.teardown(() => vocoder.close())
  for (const count of [1, 18, 40, 301]) {
    const mel = someMel(format.melBins, count)
    const audio = joinSamples(await stream(vocoder, mel))
    t.equal(audio.length, count * 256)
    t.ok(largestDifference(await whole(path, mel), audio) < 1e-5)
  }
})

t.test('so they are with the weights of HiFi-GAN V2, which need all of the context', async (t) => {
  const weights = realVocoder
  if (weights === undefined) {
    t.comment('left out: HIFIGAN_V2 is not set')
    return
  }
  const mel = someMel(80, 301)
  const expected = await whole(weights, mel)
  const difference = async (contextFrames: number): Promise<number> => {
    const options = { sampleRate: 22_050, hopSamples: 256, melBins: 80, contextFrames }
    const vocoder = await loadVocoder(weights, options, { threads: 1 })
    const audio = joinSamples(await stream(vocoder, mel))
    await vocoder.close()
    return largestDifference(expected, audio)
  }
  const [narrow, wide] = [await difference(8), await difference(format.contextFrames)]
  t.comment(`8 frames: off by ${narrow}, 12 frames: by ${wide}`)
  t.ok(wide < 2e-4 && narrow > 10 * wide)
})

t.test('a cancelled clip ends with the chunk that is being made', async (t) => {
  const vocoder = await loadVocoder(path, format, { threads: 1 })
  t.teardown(() => vocoder.close())
  const signal = { aborted: false }
  let chunks = 0
  for await (const chunk of vocoder.stream(someMel(format.melBins, 300), none, { signal })) {
    chunks += chunk.length > 0 ? 1 : 0
    signal.aborted = true
  }
  t.equal(chunks, 1)
  t.same(await stream(vocoder, someMel(format.melBins, 300), signal), [])
})

/** A vocoder that turns every value of [1, rows, columns] into one sample. */
function network(mel: string, audio: string, shape: (number | string)[]): Uint8Array {
  const graph = new GraphBuilder('vocoder')
  graph.input(mel, 'float32', shape)
  graph.node('Flatten', [mel], { outputs: [audio], attributes: { axis: { int: 1 } } })
  graph.output(audio, 'float32', [1, 'samples'])
  return graph.build({ irVersion: 8, opset: 17 })
}

t.test('names and layouts of other exports', async (t) => {
  const mel = { channels: 4, count: 2, values: Float32Array.of(0, 10, 1, 11, 2, 12, 3, 13) }
  const small: VocoderFormat = { sampleRate: 22_050, hopSamples: 4, melBins: 4, contextFrames: 0 }
  const [frameByFrame, binByBin] = [
    [0, 1, 2, 3, 10, 11, 12, 13],
    [0, 10, 1, 11, 2, 12, 3, 13],
  ]
  for (const [input, output, shape, expected] of [
    ['spectrogram', 'waveform', [1, 'frames', 4], frameByFrame],
    ['spectrogram', 'waveform', [1, 'frames', 'bins'], frameByFrame],
    ['spec', 'audio', [1, 4, 'frames'], binByBin],
    ['mel', 'audio', [1, 4, 'frames'], binByBin],
    ['mels', 'wav', [1, 'bins', 'frames'], binByBin],
  ] as const) {
    const vocoder = await loadVocoder(network(input, output, [...shape]), small, { threads: 1 })
    t.same([...joinSamples(await stream(vocoder, mel))], expected, `${input} ${shape.join()}`)
    await vocoder.close()
  }
})

t.test('what does not fit is refused in words', async (t) => {
  const load = (changes: Partial<VocoderFormat>): Promise<Vocoder> =>
    loadVocoder(path, { ...format, ...changes }, { threads: 1 })
  await t.rejects(load({ melBins: 80 }), {
    code: 'ERR_MODEL_FORMAT',
    message: /vocoder.onnx has mels of 20, not of 80 bins/,
  })
  const otherHop = await load({ hopSamples: 300 })
  await t.rejects(stream(otherHop, someMel(20, 5)), {
    code: 'ERR_MODEL_FORMAT',
    message: /made 1280 samples of 5 frames, at a hop of 300 it should be 1500/,
  })
  await otherHop.close()
  for (const [names, message] of [
    [['x', 'audio'], /vocoder.onnx has no mel or mels .*, only x/],
    [['mel', 'y'], /vocoder.onnx has no audio or waveform .*, only y/],
  ] as const) {
    const loading = loadVocoder(network(names[0], names[1], [1, 20, 'frames']), format, { threads: 1 })
    await t.rejects(loading, { code: 'ERR_MODEL_FORMAT', message })
  }
  const nan = await load({})
  const mel = someMel(20, 30)
  mel.values[5] = NaN
  await t.rejects(stream(nan, mel), { code: 'ERR_ENGINE', message: /no numbers/ })
  await nan.close()
  t.throws(() => checkSameFormat(format, { ...format, sampleRate: 24_000, hopSamples: 300 }), {
    code: 'ERR_MODEL_FORMAT',
    message: /a sample rate of 22050 and of 24000 Hz, a hop of 256 and of 300 samples$/,
  })
})

t.test('frames are cut out of every row', (t) => {
  const frames = { channels: 2, count: 4, values: Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13) }
  t.same(sliceFrames(frames, 1, 3), { channels: 2, count: 2, values: Float32Array.of(1, 2, 11, 12) })
  t.end()
})
