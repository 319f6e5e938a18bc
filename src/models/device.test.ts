import t from 'tap'
import { type Devices, type Probe, chooseDevices, deviceOf } from './device.ts'

const everything: Probe = async () => undefined
const nothing: Probe = async (device) => `${device} is missing: install it.`
const noTensorRt: Probe = async (device) => (device === 'tensorrt' ? nothing(device) : undefined)

const cases: readonly (readonly [string, Parameters<typeof chooseDevices>, Partial<Devices>])[] = [
  ['CPU', [{ useGpu: 'false', ttsRuntime: 'onnx' }, everything], { models: 'cpu', voices: 'cpu' }],
  ['GPU', [{ useGpu: 'true', ttsRuntime: 'onnx' }, everything], { models: 'cuda', voices: 'cuda' }],
  ['whatever there is', [{ useGpu: 'auto', ttsRuntime: 'onnx' }, everything], { models: 'cuda' }],
  [
    'TensorRT',
    [{ useGpu: 'true', ttsRuntime: 'trt' }, everything],
    { models: 'cuda', voices: 'tensorrt', shortfall: undefined },
  ],
  [
    'a GPU that is not there',
    [{ useGpu: 'auto', ttsRuntime: 'trt' }, nothing],
    { models: 'cpu', voices: 'cpu', shortfall: 'cuda is missing: install it.' },
  ],
  [
    'TensorRT that is not there',
    [{ useGpu: 'auto', ttsRuntime: 'trt' }, noTensorRt],
    { models: 'cuda', voices: 'cuda', shortfall: 'tensorrt is missing: install it.' },
  ],
]
for (const [name, [wish, probe], expected] of cases) {
  t.test(`asked for: ${name}`, async (t) => t.match(await chooseDevices(wish, probe), expected))
}

t.test('what was asked for and is not there stops the start, with reason and remedy', async (t) => {
  await t.rejects(chooseDevices({ useGpu: 'true', ttsRuntime: 'onnx' }, nothing), {
    code: 'ERR_DEVICE',
    message: 'USE_GPU=true, but cuda is missing: install it. Or set USE_GPU=auto.',
  })
  await t.rejects(chooseDevices({ useGpu: 'true', ttsRuntime: 'trt' }, noTensorRt), {
    code: 'ERR_DEVICE',
    message: 'TTS_RUNTIME=trt, but tensorrt is missing: install it. Or set TTS_RUNTIME=onnx.',
  })
  await t.rejects(chooseDevices({ useGpu: 'false', ttsRuntime: 'trt' }, everything), { code: 'ERR_DEVICE' })
})

t.test('this machine: the reason is told, or the GPU works', async (t) => {
  const { models, shortfall } = await chooseDevices({ useGpu: 'auto', ttsRuntime: 'onnx' })
  if (models === 'cpu') t.match(shortfall, /CUDA provider (is not installed|does not work here).*: /)
  else t.equal(shortfall, undefined)
})

t.test('a model in 8 bit stays on the CPU', async (t) => {
  const dir = t.testdir({
    int8: { 'model.json': '{"precision":"int8"}' },
    fp16: { 'model.json': '{"precision":"fp16"}' },
    unknown: { 'model.json': '{}' },
  })
  t.equal(await deviceOf(`${dir}/int8`, 'cuda'), 'cpu')
  t.equal(await deviceOf(`${dir}/unknown`, 'tensorrt'), 'cpu')
  t.equal(await deviceOf(`${dir}/fp16`, 'tensorrt'), 'tensorrt')
  t.equal(await deviceOf(`${dir}/fp16`, 'cpu'), 'cpu')
})
