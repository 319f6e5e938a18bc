import t from 'tap'
import type { DeviceWish, Devices } from '../models/device.ts'
import { VoxbridgeError } from '../errors.ts'
import type { Finding } from './finding.ts'
import { type GpuSources, checkGpu } from './gpu.ts'
import { canLoad, cudaMajor, cudnn, driverVersion, libraryVersion, parseLinked } from './gpu-libraries.ts'

const onGpu: Devices = { models: 'cuda', voices: 'cuda', shortfall: undefined }
const linked = parseLinked(`
	linux-vdso.so.1 (0x00007ffd)
	libcublas.so.13 => /usr/local/cuda/lib64/libcublas.so.13 (0x00007f)
	libcudart.so.13 => not found
	libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f)
`)
/** A machine where everything is in its place. */
const complete: GpuSources = {
  driverVersion: async () => '580.95.05',
  provider: async () => '/app/libonnxruntime_providers_cuda.so',
  linkedLibraries: async () => [{ name: 'libcudart.so.13', path: '/nowhere/libcudart.so.13.0.96' }],
  cudnn: async () => ({ name: cudnn, path: '/nowhere/libcudnn.so.9.13.0' }),
  chooseDevices: async () => onGpu,
}
const wish: DeviceWish = { useGpu: 'auto', ttsRuntime: 'onnx' }

async function complaints(
  sources: Partial<GpuSources>,
  useGpu: DeviceWish['useGpu'] = 'auto',
): Promise<Finding[]> {
  const findings = await checkGpu({ ...wish, useGpu }, { ...complete, ...sources })
  return findings.filter(({ state }) => state !== 'ok')
}

t.test('what ldd prints', async (t) => {
  t.same(linked, [
    { name: 'libcublas.so.13', path: '/usr/local/cuda/lib64/libcublas.so.13' },
    { name: 'libcudart.so.13', path: undefined },
    { name: 'libm.so.6', path: '/lib/x86_64-linux-gnu/libm.so.6' },
  ])
  t.equal(cudaMajor(linked), 13)
  t.equal(cudaMajor([]), undefined)
  t.equal(await libraryVersion({ name: 'libx.so.1', path: '/nowhere/libx.so.1.2.3' }), '1.2.3')
})

t.test('the driver tells its version', async (t) => {
  const dir = t.testdir({
    version:
      'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (root@host)\nGCC version: 12\n',
    older: 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.288.01  Wed Dec  3 10:00:00 UTC 2025\n',
  })
  t.equal(await driverVersion(`${dir}/version`), '580.95.05')
  t.equal(await driverVersion(`${dir}/older`), '535.288.01')
  t.equal(await driverVersion(`${dir}/none`), undefined)
})

t.test('the dynamic linker knows what it can load', async (t) => {
  t.ok(canLoad('libm.so.6'))
  t.notOk(canLoad('libnosuchlibrary.so.7'))
})

t.test('nobody wants a GPU, or nobody has one', async (t) => {
  t.match(await checkGpu({ ...wish, useGpu: 'false' }, complete), [{ state: 'ok', found: /not wanted/ }])
  const without = { ...complete, driverVersion: async () => undefined }
  t.match(await checkGpu(wish, without), [{ state: 'ok', found: /run on the CPU/ }])
})

t.test('everything is there', async (t) => {
  const findings = await checkGpu(wish, complete)
  t.ok(findings.every(({ state }) => state === 'ok'))
  t.match(findings, [
    { subject: 'NVIDIA driver', found: '580.95.05' },
    { subject: 'CUDA provider', found: 'libonnxruntime_providers_cuda.so, for CUDA 13' },
    { subject: 'libcudart.so.13', found: '13.0.96' },
    { subject: cudnn, found: '9.13.0' },
    { subject: 'GPU', found: 'models run on cuda, voices on cuda' },
  ])
})

t.test('each thing that is missing is named, with what would help', async (t) => {
  t.match(await complaints({ driverVersion: async () => '570.1' }), [{ remedy: /CUDA 13 needs driver 580/ }])
  t.match(await complaints({ linkedLibraries: async () => linked }), [
    { state: 'warning', subject: 'libcudart.so.13', found: 'not found', remedy: /Install CUDA 13 / },
  ])
  t.match(await complaints({ cudnn: async () => undefined }), [{ state: 'warning', subject: cudnn }])
  t.match(await complaints({ provider: async () => undefined }), [
    { subject: 'CUDA provider', remedy: /README/ },
  ])
  const shortfall = 'the provider does not work here.'
  t.match(await complaints({ chooseDevices: async () => ({ ...onGpu, models: 'cpu', shortfall }) }), [
    { state: 'warning', subject: 'GPU', remedy: 'The provider does not work here.' },
  ])
})

t.test('where a GPU is a must, what is missing is a failure', async (t) => {
  const refuse = async (): Promise<Devices> => {
    throw new VoxbridgeError('ERR_DEVICE', 'USE_GPU=true, but there is none.')
  }
  const findings = await complaints({ driverVersion: async () => undefined, chooseDevices: refuse }, 'true')
  t.match(findings, [
    { state: 'failure', subject: 'NVIDIA driver', remedy: /--gpus all/ },
    { state: 'failure', subject: 'GPU', remedy: /USE_GPU=true/ },
  ])
})
