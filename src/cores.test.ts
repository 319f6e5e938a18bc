import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { availableCores } from './cores.ts'

const all = availableParallelism()

const cases: readonly (readonly [string, string, Readonly<Record<string, string>>, number])[] = [
  ['no control groups', '', {}, all],
  ['version 2, in a container', '0::/\n', { 'cpu.max': '100000 100000\n' }, 1],
  ['less than a core', '0::/\n', { 'cpu.max': '50000 100000\n' }, 1],
  ['no limit', '0::/\n', { 'cpu.max': 'max 100000\n' }, all],
  ['more than there is', '0::/\n', { 'cpu.max': '99900000 100000\n' }, all],
  ['a service within a slice', '0::/apps/voxbridge\n', { 'apps/voxbridge/cpu.max': '150000 100000\n' }, 1],
  [
    'the slice around the service is limited',
    '0::/apps/voxbridge\n',
    { 'apps/voxbridge/cpu.max': 'max 100000\n', 'apps/cpu.max': '100000 100000\n' },
    1,
  ],
  [
    'version 1',
    '4:memory:/x\n3:cpu,cpuacct:/y\n',
    { 'cpu,cpuacct/y/cpu.cfs_quota_us': '100000\n', 'cpu,cpuacct/y/cpu.cfs_period_us': '100000\n' },
    1,
  ],
  [
    'version 1, in a container that knows its path outside',
    '1:cpu:/docker/0123abcd\n',
    { 'cpu/cpu.cfs_quota_us': '100000\n', 'cpu/cpu.cfs_period_us': '100000\n' },
    1,
  ],
  [
    'version 1 without a limit',
    '1:cpu:/\n0::/\n',
    { 'cpu/cpu.cfs_quota_us': '-1\n', 'cpu/cpu.cfs_period_us': '100000\n' },
    all,
  ],
]
for (const [name, groups, files, cores] of cases) {
  t.test(`cores of a control group: ${name}`, async (t) => {
    const mount = t.testdir()
    const membership = join(mount, 'membership')
    for (const [path, text] of [['membership', groups] as const, ...Object.entries(files)]) {
      mkdirSync(dirname(join(mount, path)), { recursive: true })
      writeFileSync(join(mount, path), text)
    }
    t.equal(availableCores({ membership, mount }), cores)
  })
}

t.test('what cannot be read sets no limit', async (t) => {
  t.equal(availableCores({ membership: '/no/such/file', mount: '/no/such/folder' }), all)
})
