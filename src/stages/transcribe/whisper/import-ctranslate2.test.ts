import { statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import t from 'tap'
import {
  type Ctranslate2Contents,
  type StoredType,
  floatVariable,
  integerVariable,
  largeVocabulary,
  tinyShape,
  tinyVocabulary,
  tinyWhisper,
  writeTinyWhisper,
} from '../../../../test/fixtures/ctranslate2-whisper.ts'
import { ctranslate2WhisperImporter as importer } from './import-ctranslate2.ts'
import { WhisperModel } from './model.ts'

const files = ['encoder.onnx', 'decoder.onnx', 'tokens.bin', 'model.json']

async function importInto(source: string, target: string, settings = {}): Promise<Buffer[]> {
  await importer.run(source, target, { settings })
  return Promise.all(files.map((file) => readFile(join(target, file))))
}

t.test('folders are recognised by their files', (t) => {
  t.ok(importer.detect(['config.json', 'model.bin', 'vocabulary.txt', 'README.md']))
  t.ok(importer.detect(['config.json', 'model.bin', 'vocabulary.json', 'tokenizer.json']))
  t.notOk(importer.detect(['config.json', 'model.bin', 'shared_vocabulary.json']))
  t.notOk(importer.detect(['config.json', 'model.safetensors', 'vocabulary.json']))
  t.end()
})

t.test('the same input gives the same bytes, whichever vocabulary file it has', async (t) => {
  const dir = t.testdir({ json: {}, text: {}, first: {}, second: {}, third: {} })
  await writeTinyWhisper(join(dir, 'json'))
  const first = await importInto(join(dir, 'json'), join(dir, 'first'))
  const second = await importInto(join(dir, 'json'), join(dir, 'second'), { precision: 'int8' })
  const text = join(dir, 'text')
  for (const name of ['model.bin', 'config.json']) {
    await writeFile(join(text, name), await readFile(join(dir, 'json', name)))
  }
  await writeFile(join(text, 'vocabulary.txt'), `${tinyVocabulary.join('\n')}\n`)
  const third = await importInto(text, join(dir, 'third'))
  for (const [index, name] of files.entries()) {
    t.ok(first[index]?.equals(second[index] ?? Buffer.alloc(0)), `${name} again`)
    t.ok(first[index]?.equals(third[index] ?? Buffer.alloc(0)), `${name} from vocabulary.txt`)
  }
  const description = JSON.parse(String(first[3]))
  t.match(description.shape, { ...tinyShape, vocabularySize: tinyVocabulary.length })
  t.match(description.tokens, { endOfText: 94, startOfTranscript: 95, firstTimestamp: 103 })
  t.same(description.languages, { en: 96, pt: 97, jv: 98 }, 'Javanese has its ISO code')
  t.same(description.suppressed, [1])
})

/** Logits after each of the tokens, read in the given portions. */
async function readLogits(model: WhisperModel, portions: number[][]): Promise<number[][]> {
  const { melBins } = model.description.shape
  const mel = Float32Array.from({ length: melBins * 40 }, (_, index) => Math.sin(index * 0.37))
  const decoding = await model.encode(new Tensor('float32', mel, [1, melBins, 40]))
  const rows: number[][] = []
  for (const portion of portions) {
    for (const row of await decoding.read(portion, 0)) rows.push([...row])
  }
  return rows
}

function largestDifference(a: readonly number[][], b: readonly number[][]): number {
  const flat = b.flat()
  return a.flat().reduce((most, value, index) => Math.max(most, Math.abs(value - (flat[index] ?? NaN))), 0)
}

const someTokens = [95, 96, 100, 103, 7]

/** Imports a folder, and reads logits of the result. */
async function logitsOf(source: string, target: string, precision: string): Promise<number[][]> {
  await importInto(source, target, { precision })
  const model = await WhisperModel.load(target, { threads: 1 })
  try {
    return await readLogits(model, [someTokens])
  } finally {
    await model.release()
  }
}

/** The largest difference as a part of the range that the exact values have. */
function relativeError(exact: readonly number[][], other: readonly number[][]): number {
  return largestDifference(exact, other) / (Math.max(...exact.flat()) - Math.min(...exact.flat()))
}

t.test('the cache changes nothing', async (t) => {
  const dir = t.testdir({ source: {}, fp32: {} })
  await writeTinyWhisper(join(dir, 'source'))
  await importInto(join(dir, 'source'), join(dir, 'fp32'), { precision: 'fp32' })
  const model = await WhisperModel.load(join(dir, 'fp32'), { threads: 1 })
  t.teardown(() => model.release())
  const whole = await readLogits(model, [someTokens])
  t.equal(whole.length, 5)
  t.equal(whole[0]?.length, tinyVocabulary.length)
  const stepwise = await readLogits(model, [[95], [96, 100], [103], [7]])
  t.ok(largestDifference(whole, stepwise) < 1e-4, 'in portions as at once')
  const other = await readLogits(model, [[95, 97, 100, 103, 7]])
  t.ok(largestDifference(whole.slice(0, 1), other.slice(0, 1)) < 1e-5, 'a token does not see the next')
  t.ok(largestDifference(whole.slice(1), other.slice(1)) > 0.01, 'but those before it')
})

t.test('all precisions run on the CPU, with float32 in and out', async (t) => {
  const dir = t.testdir({ source: {}, fp32: {}, fp16: {}, int8: {} })
  await writeTinyWhisper(join(dir, 'source'))
  const exact = await logitsOf(join(dir, 'source'), join(dir, 'fp32'), 'fp32')
  for (const [precision, most] of Object.entries({ fp16: 0.005, int8: 0.05 })) {
    const error = relativeError(exact, await logitsOf(join(dir, 'source'), join(dir, precision), precision))
    t.ok(error > 0 && error < most, `${precision} differs by ${error}`)
  }
  const sizes = ['fp32', 'fp16'].map((name) => statSync(join(dir, name, 'encoder.onnx')).size)
  t.ok((sizes[1] ?? 0) < 0.6 * (sizes[0] ?? 0), 'half precision takes half the room')
})

t.test('weights may be stored in any type', async (t) => {
  const types: Record<StoredType, number> = {
    float32: 1e-6,
    float16: 0.002,
    bfloat16: 0.03,
    int8: 0.05,
    int16: 0.01,
  }
  const dir = t.testdir({ ...Object.fromEntries(Object.keys(types).map((type) => [type, {}])), target: {} })
  await writeTinyWhisper(join(dir, 'float32'))
  const exact = await logitsOf(join(dir, 'float32'), join(dir, 'target'), 'fp32')
  for (const [type, most] of Object.entries(types) as [StoredType, number][]) {
    await writeTinyWhisper(join(dir, type), tinyWhisper({ type }))
    for (const precision of ['fp32', 'int8']) {
      const error = relativeError(exact, await logitsOf(join(dir, type), join(dir, 'target'), precision))
      const allowed = most + (precision === 'int8' ? 0.05 : 0)
      t.ok(error < allowed, `${type} as ${precision} differs by ${error}`)
    }
  }
})

t.test('the layout of large-v3 and turbo is read from the files', async (t) => {
  const dir = t.testdir({ source: {}, target: {} })
  const vocabulary = largeVocabulary()
  const contents = tinyWhisper({ melBins: 128, decoderLayers: 1, vocabularySize: vocabulary.length })
  await writeTinyWhisper(join(dir, 'source'), contents, vocabulary)
  await importInto(join(dir, 'source'), join(dir, 'target'))
  const model = await WhisperModel.load(join(dir, 'target'), { threads: 1 })
  t.teardown(() => model.release())
  const { shape, tokens, languages, multilingual } = model.description
  t.match(shape, { melBins: 128, encoderLayers: 2, decoderLayers: 1, vocabularySize: 51866 })
  t.same(tokens, {
    endOfText: 50257,
    startOfTranscript: 50258,
    transcribe: 50360,
    noSpeech: 50363,
    noTimestamps: 50364,
    firstTimestamp: 50365,
  })
  t.ok(multilingual)
  t.equal(Object.keys(languages).length, 100)
  t.match(languages, { en: 50259, jv: 50356, su: 50357, yue: 50358 })
  const mel = await model.features(new Float32Array(16_000), 32_000)
  t.same(mel.dims, [1, 128, 200])
  const [row] = await (await model.encode(mel)).read([50258])
  t.equal(row?.length, 51866)
})

t.test('what is not supported is refused in words', async (t) => {
  const tiny = tinyWhisper()
  const replaced = (name: string, by: Ctranslate2Contents['variables'][number]): Ctranslate2Contents => ({
    ...tiny,
    variables: tiny.variables.map((variable) => (variable.name === name ? by : variable)),
  })
  const refuse = async (contents: Ctranslate2Contents, message: RegExp, settings = {}): Promise<void> => {
    const dir = t.testdir({ source: {}, target: {} })
    await writeTinyWhisper(join(dir, 'source'), contents)
    await t.rejects(importInto(join(dir, 'source'), join(dir, 'target'), settings), {
      code: 'ERR_MODEL_FORMAT',
      message,
    })
  }
  const weight = 'encoder/layer_0/ffn/linear_0/weight'
  const quantized = { name: weight, dims: [256, 64], type: 'int8', data: new Uint8Array(256 * 64) } as const
  await refuse(
    replaced(weight, quantized),
    /linear_0\/weight is int8 with 0 scales, .*--quantization float16/,
  )
  const narrow = floatVariable(weight, [256, 32], Array<number>(256 * 32).fill(0))
  await refuse(replaced(weight, narrow), /linear_0\/weight is \[256, 32\], in this model it .* \[256, 64\]/)
  await refuse({ ...tiny, spec: 'TransformerSpec' }, /TransformerSpec revision 3; WhisperSpec revision 3/)
  await refuse(replaced('decoder/activation', integerVariable('decoder/activation', 0)), /activation 0/)
  await refuse(replaced('decoder/num_heads', integerVariable('decoder/num_heads', 5)), /do not split/)
  const embeddings = 'decoder/embeddings/weight'
  await refuse(replaced(embeddings, floatVariable(embeddings, [1, 64], Array<number>(64).fill(0))), /tokens/)
  await refuse(tiny, /precision=int4: .*int8, fp16, fp32/, { precision: 'int4' })

  const dir = t.testdir({ source: {}, target: {} })
  await writeTinyWhisper(join(dir, 'source'))
  const whole = await readFile(join(dir, 'source', 'model.bin'))
  await writeFile(join(dir, 'source', 'model.bin'), whole.subarray(0, whole.length / 2))
  await t.rejects(
    importInto(join(dir, 'source'), join(dir, 'target')),
    /model\.bin is cut off: fetch it again/,
  )
  await writeFile(join(dir, 'source', 'config.json'), '{}')
  await t.rejects(importInto(join(dir, 'source'), join(dir, 'target')), /config\.json should hold/)
  await writeFile(join(dir, 'source', 'vocabulary.json'), '[1')
  await t.rejects(importInto(join(dir, 'source'), join(dir, 'target')), /vocabulary\.json is no valid JSON/)
})
