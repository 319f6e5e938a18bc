import t from 'tap'
import { GpuMonitor } from './gpu.ts'

t.test('what nvidia-smi prints', async (t) => {
  const monitor = new GpuMonitor(async () => '0, 1523, 81559, 17\n1, [N/A], 81559, [N/A]')
  t.same(await monitor.read(), [
    { gpu: '0', memoryUsedBytes: 1523 * 2 ** 20, memoryBytes: 81559 * 2 ** 20, utilisation: 0.17 },
    { gpu: '1', memoryUsedBytes: NaN, memoryBytes: 81559 * 2 ** 20, utilisation: NaN },
  ])
})

t.test('no GPU is made of an error', async (t) => {
  t.same(await new GpuMonitor(async () => 'NVIDIA-SMI has failed, reset, the, GPU').read(), [])
  t.same(await new GpuMonitor(async () => undefined).read(), [])
})

t.test('it is asked once, however often it is read', async (t) => {
  let asked = 0
  const monitor = new GpuMonitor(async () => {
    asked++
    return '0, 1, 2, 3'
  })
  const [first, second] = await Promise.all([monitor.read(), monitor.read()])
  t.equal(first, second)
  t.equal(asked, 1)
})
