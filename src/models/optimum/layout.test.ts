import { mkdir, readFile, readlink, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { findOptimumGraphs, hasOptimumEncoder, installOptimumGraphs, readOptimumPrecision } from './layout.ts'

const files = [
  'config.json',
  'onnx/encoder_model.onnx',
  'onnx/decoder_model.onnx',
  'onnx/decoder_with_past_model.onnx',
  'onnx/decoder_model_merged.onnx',
  'onnx/decoder_model_merged.onnx_data',
  'onnx/decoder_model_merged.onnx_data_1',
  'onnx/encoder_model_fp16.onnx',
  'onnx/decoder_model_merged_fp16.onnx',
]

t.test('the graphs of a precision', (t) => {
  t.same(findOptimumGraphs(files, 'fp32'), {
    encoder: { path: 'onnx/encoder_model.onnx', weights: [] },
    decoder: {
      path: 'onnx/decoder_model_merged.onnx',
      weights: ['onnx/decoder_model_merged.onnx_data', 'onnx/decoder_model_merged.onnx_data_1'],
    },
  })
  t.match(findOptimumGraphs(files, 'fp16'), { decoder: { path: 'onnx/decoder_model_merged_fp16.onnx' } })
  const flat = ['encoder_model_quantized.onnx', 'decoder_model_merged_quantized.onnx']
  t.match(findOptimumGraphs(flat, 'int8'), { encoder: { path: flat[0] }, decoder: { path: flat[1] } })
  const weights = flat.map((file) => file.replace('quantized', 'int8'))
  t.match(findOptimumGraphs(weights, 'int8-weights'), { decoder: { path: weights[1] } })
  t.ok(hasOptimumEncoder(files))
  t.notOk(hasOptimumEncoder(['encoder.onnx', 'model.onnx']))
  t.end()
})

t.test('what is not there is said', (t) => {
  const find = (names: readonly string[]) => () => findOptimumGraphs(names, 'int8')
  t.throws(find(files), {
    code: 'ERR_MODEL_FORMAT',
    message: /no encoder_model_quantized\.onnx .* precision=fp16 or precision=fp32, or make them/,
  })
  t.throws(find(['encoder_model.onnx', 'decoder_model.onnx', 'decoder_with_past_model.onnx']), {
    message: /in two graphs.*must be merged.*optimum-cli export onnx/,
  })
  t.throws(find(['pytorch_model.bin']), { message: /no encoder_model_quantized.*optimum-cli export onnx/ })
  t.end()
})

t.test('precision', (t) => {
  t.equal(readOptimumPrecision({}), 'int8')
  t.equal(readOptimumPrecision({ precision: 'fp16' }), 'fp16')
  t.throws(() => readOptimumPrecision({ precision: 'int3' }), {
    code: 'ERR_MODEL_FORMAT',
    message: /int3, supported are int8, int8-weights, int4, fp16, fp32/,
  })
  t.end()
})

t.test('graphs are installed as copies', async (t) => {
  const dir = t.testdir({ blobs: { abc: 'encoder' }, source: { onnx: {} }, target: {} })
  const [source, target] = [join(dir, 'source'), join(dir, 'target')]
  await mkdir(source, { recursive: true })
  // As the download cache of huggingface_hub is made.
  await symlink('../../blobs/abc', join(source, 'onnx/encoder_model.onnx'))
  await writeFile(join(source, 'onnx/decoder_model_merged.onnx'), 'decoder')
  await writeFile(join(source, 'onnx/decoder_model_merged.onnx_data'), 'weights')
  await installOptimumGraphs(source, target, {
    encoder: { path: 'onnx/encoder_model.onnx', weights: [] },
    decoder: {
      path: 'onnx/decoder_model_merged.onnx',
      weights: ['onnx/decoder_model_merged.onnx_data'],
    },
  })
  t.same((await readdir(target)).sort(), ['decoder.onnx', 'decoder_model_merged.onnx_data', 'encoder.onnx'])
  t.equal(await readFile(join(target, 'encoder.onnx'), 'utf8'), 'encoder')
  await t.rejects(readlink(join(target, 'encoder.onnx')), 'a file, not a symbolic link')
  await writeFile(join(source, 'onnx/decoder_model_merged.onnx'), 'another decoder')
  t.equal(await readFile(join(target, 'decoder.onnx'), 'utf8'), 'decoder', 'a new export changes nothing')
})
