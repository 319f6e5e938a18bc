import t from 'tap'
import { defaultLockPath, lockedModel, parseLock, readLock } from './lock.ts'

const hash = 'a'.repeat(64)

function lockWith(change: Record<string, unknown>, sourceChange: Record<string, unknown> = {}): unknown {
  const source = {
    kind: 'package',
    ecosystem: 'pypi',
    package: 'some-voice',
    version: '1.0.0',
    archive: { path: 'some_voice-1.0.0-py3-none-any.whl', bytes: 10, sha256: hash },
    members: [{ path: 'some_voice/part.bin', as: 'voice.onnx', part: 1, bytes: 5, sha256: hash }],
    ...sourceChange,
  }
  const model = {
    description: 'A voice',
    role: 'voice',
    engine: 'kokoro',
    languages: ['pt'],
    license: { spdx: 'MIT', note: 'Somebody.' },
    importer: { format: 'kokoro-int8-onnx', settings: { voices: 'a' } },
    sources: [source],
    files: [{ path: 'model.json', bytes: 3, sha256: hash }],
    ...change,
  }
  return { version: 1, models: { voice: model } }
}

t.test('the lock file of the repository is well formed and complete', async (t) => {
  const lock = await readLock(defaultLockPath)
  for (const [name, model] of Object.entries(lock.models)) {
    const fromHub = model.sources.some(({ kind }) => kind === 'hub')
    const described = model.files.some(({ path }) => path === 'model.json')
    t.ok(described || (fromHub && model.files.length === 0), `${name} has its files, or none yet`)
    for (const source of model.sources) {
      t.ok((source.kind === 'package' ? source.members : source.files).length > 0)
    }
  }
  t.throws(() => lockedModel(lock, 'abacus'), { code: 'ERR_MODEL_UNKNOWN', message: /whisper-base/ })
})

t.test('what was read is what was written', async (t) => {
  const json = lockWith({})
  t.same(parseLock(json), json)
})

const hubSource = {
  kind: 'hub',
  repository: 'Some-Owner/some.model',
  revision: 'refs/pr/1',
  files: [
    { path: 'onnx/model.onnx', as: 'model.onnx' },
    { path: 'config.json', as: 'config.json', bytes: 5, sha256: hash },
  ],
}

t.test('a repository of the hub is a source too', async (t) => {
  const json = lockWith({ sources: [hubSource], files: [] })
  t.same(parseLock(json), json)
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ repository: 'gpt2' }, /sources\[0\]\.repository should be a repository as OWNER\/NAME/],
    [{ repository: '../../etc' }, /sources\[0\]\.repository/],
    [{ revision: 'a/../b' }, /sources\[0\]\.revision should be a commit or the name of a branch/],
    [{ files: [{ path: '../../.ssh/id', as: 'a' }] }, /files\[0\]\.path should be a path below its folder/],
    [{ files: [{ path: 'a', as: '/etc/passwd' }] }, /files\[0\]\.as should be a path below its folder/],
    [{ files: [{ path: 'a', as: 'a', sha256: 'b' }] }, /files\[0\]\.sha256 should be a SHA-256/],
  ]
  for (const [change, message] of cases) {
    const sources = [{ ...hubSource, ...change }]
    t.throws(() => parseLock(lockWith({ sources })), { code: 'ERR_LOCK_FILE', message }, String(message))
  }
})

t.test('files of the repository are a source too', async (t) => {
  const file = { path: 'voices/a/voice.onnx', bytes: 5, sha256: hash, as: 'voice.onnx' }
  const json = lockWith({ sources: [{ kind: 'bundled', files: [file] }] })
  t.same(parseLock(json), json)
  const outside = [{ kind: 'bundled', files: [{ ...file, path: '../voice.onnx' }] }]
  t.throws(() => parseLock(lockWith({ sources: outside })), {
    message: /files\[0\]\.path should be a path below its folder/,
  })
})

t.test('a wrong field is named', async (t) => {
  const cases: [unknown, RegExp][] = [
    [[], /models.lock.json should be an object/],
    [{ version: 2, models: {} }, /version should be 1/],
    [{ version: 1, models: { '../escape': {} } }, /models.*escape/],
    [{ version: 1, models: JSON.parse('{"__proto__":{}}') as unknown }, /models\.__proto__ should have/],
    [lockWith({ role: 'singer' }), /models\.voice\.role should be vad or/],
    [lockWith({ license: undefined }), /models\.voice\.license should be an object/],
    [lockWith({ languages: 'pt' }), /models\.voice\.languages should be a list/],
    [
      lockWith({ importer: { format: 'copy', settings: { a: 1 } } }),
      /importer\.settings\.a should be a text/,
    ],
    [lockWith({ files: [{ path: 'a', bytes: 1, sha256: 'no' }] }), /files\[0\]\.sha256 should be a SHA-256/],
    [lockWith({ files: [{ path: 'a', bytes: 0.5, sha256: hash }] }), /files\[0\]\.bytes should be a whole/],
    [lockWith({}, { kind: 'url' }), /sources\[0\]\.kind should be package or hub or bundled/],
    [lockWith({}, { package: '--index-url=x' }), /sources\[0\]\.package should be the name of a package/],
    [lockWith({}, { version: '>=1' }), /sources\[0\]\.version should be one version/],
  ]
  for (const [json, message] of cases) {
    t.throws(() => parseLock(json), { code: 'ERR_LOCK_FILE', message }, String(message))
  }
})

t.test('paths stay below their folder', async (t) => {
  for (const path of ['/etc/passwd', '../up', 'a/../../up', '.', 'a//b', 'a\\b', 'a/', '']) {
    const files = [{ path, bytes: 1, sha256: hash }]
    t.throws(() => parseLock(lockWith({ files })), { message: /files\[0\]\.path should be a path/ }, path)
  }
  const files = [{ path: '..hidden/a.b/c..d', bytes: 1, sha256: hash }]
  t.same(parseLock(lockWith({ files })).models['voice']?.files, files)
})

t.test('a file that is not there or no JSON is explained', async (t) => {
  const dir = t.testdir({ 'broken.json': '{' })
  await t.rejects(readLock(`${dir}/none.json`), {
    code: 'ERR_LOCK_FILE',
    message: /^none.json cannot be read/,
  })
  await t.rejects(readLock(`${dir}/broken.json`), {
    code: 'ERR_LOCK_FILE',
    message: /^broken.json is not JSON/,
  })
})
