import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import t from 'tap'
import {
  type Ctranslate2Contents,
  floatVariable,
  integerVariable,
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
  const { melBins } = tinyShape
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

t.test('both precisions run, and the cache changes nothing', async (t) => {
  const dir = t.testdir({ source: {}, fp32: {}, int8: {} })
  await writeTinyWhisper(join(dir, 'source'))
  await importInto(join(dir, 'source'), join(dir, 'fp32'), { precision: 'fp32' })
  await importInto(join(dir, 'source'), join(dir, 'int8'))
  const exact = await WhisperModel.load(join(dir, 'fp32'), { threads: 1 })
  const small = await WhisperModel.load(join(dir, 'int8'), { threads: 1 })
  t.teardown(() => Promise.all([exact.release(), small.release()]))

  const whole = await readLogits(exact, [[95, 96, 100, 103, 7]])
  t.equal(whole.length, 5)
  t.equal(whole[0]?.length, tinyVocabulary.length)
  const stepwise = await readLogits(exact, [[95], [96, 100], [103], [7]])
  t.ok(largestDifference(whole, stepwise) < 1e-4, 'in portions as at once')
  const other = await readLogits(exact, [[95, 97, 100, 103, 7]])
  t.ok(largestDifference(whole.slice(0, 1), other.slice(0, 1)) < 1e-5, 'a token does not see the next')
  t.ok(largestDifference(whole.slice(1), other.slice(1)) > 0.01, 'but those before it')

  const spread = Math.max(...whole.flat()) - Math.min(...whole.flat())
  const error = largestDifference(whole, await readLogits(small, [[95, 96, 100, 103, 7]]))
  t.ok(error > 0 && error < spread * 0.05, `int8 differs by ${error} of ${spread}`)
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
  const quantized = { name: weight, dims: [2, 2], type: 'int8', data: new Uint8Array(4) } as const
  await refuse(replaced(weight, quantized), /quantised already .* is int8\): .*--quantization float16/)
  await refuse({ ...tiny, spec: 'TransformerSpec' }, /TransformerSpec revision 3; WhisperSpec revision 3/)
  await refuse(replaced('decoder/activation', integerVariable('decoder/activation', 0)), /activation 0/)
  await refuse(replaced('decoder/num_heads', integerVariable('decoder/num_heads', 5)), /do not split/)
  const embeddings = 'decoder/embeddings/weight'
  await refuse(replaced(embeddings, floatVariable(embeddings, [1, 64], Array<number>(64).fill(0))), /tokens/)
  await refuse(tiny, /precision=int4: .*int8 or fp32/, { precision: 'int4' })

  const dir = t.testdir({ source: {}, target: {} })
  await writeTinyWhisper(join(dir, 'source'))
  await writeFile(join(dir, 'source', 'config.json'), '{}')
  await t.rejects(importInto(join(dir, 'source'), join(dir, 'target')), /config\.json should hold/)
  await writeFile(join(dir, 'source', 'vocabulary.json'), '[1')
  await t.rejects(importInto(join(dir, 'source'), join(dir, 'target')), /vocabulary\.json is no valid JSON/)
})
