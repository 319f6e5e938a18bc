/** Models from a hub, over real connections: what the user sees, whatever the hub and the network do. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type FetchOptions, ensureModels, verifyModels } from '../src/models/fetch.ts'
import type { Patience } from '../src/models/hub/access.ts'
import type { HubSource, LockedModel, ModelLock } from '../src/models/lock.ts'
import type { ModelProgress } from '../src/models/progress.ts'
import { relockModels } from '../src/models/relock.ts'
import { type HubRepository, type HubServer, sha256Of, startHubServer } from './fixtures/hub-server.ts'

const commit = 'c0ffee0'.padEnd(40, '0')
const model = Buffer.alloc(300_000, 'the weights ')
const config = '{"mel": 80}'
const repository = {
  commit,
  files: { 'model.bin': model, 'onnx/config.json': config, 'README.md': 'Read me' },
}
const patience: Patience = { attempts: 3, firstWaitMs: 5, longestWaitMs: 500, silenceMs: 300 }

const pinnedModel = {
  path: 'model.bin',
  as: 'weights/model.bin',
  bytes: model.length,
  sha256: sha256Of(model),
}
const pinnedFiles = [
  pinnedModel,
  { path: 'onnx/config.json', as: 'config.json', bytes: config.length, sha256: sha256Of(config) },
]

interface Bench extends FetchOptions {
  readonly server: HubServer
  readonly events: ModelProgress[]
  /** The lines that the user should read. */
  warnings(): string[]
  readLock(): LockedModel
  /** Changes the source in the lock file. */
  setSource(change: Partial<HubSource>): void
}

function unlocked(source: HubSource): LockedModel {
  return {
    description: 'For tests',
    role: 'recognizer',
    engine: 'none',
    languages: ['*'],
    license: { spdx: 'MIT', note: 'Ours.' },
    importer: { format: 'copy', settings: { engine: 'none' } },
    sources: [source],
    files: [],
  }
}

const fromBranch: HubSource = {
  kind: 'hub',
  repository: 'Owner/small',
  revision: 'main',
  files: pinnedFiles.map(({ path, as }) => ({ path, as })),
}
const pinned: HubSource = { ...fromBranch, revision: commit, files: pinnedFiles }

async function createBench(
  t: Test,
  source: HubSource,
  repositories: Readonly<Record<string, HubRepository>> = { 'Owner/small': repository },
): Promise<Bench> {
  const server = await startHubServer({ repositories })
  t.teardown(() => server.close())
  const dir = t.testdir({})
  const lockPath = join(dir, 'models.lock.json')
  const readLock = (): LockedModel =>
    (JSON.parse(readFileSync(lockPath, 'utf8')) as ModelLock).models['small'] as LockedModel
  const write = (model: LockedModel): void =>
    writeFileSync(lockPath, JSON.stringify({ version: 1, models: { small: model } }))
  write(unlocked(source))
  const events: ModelProgress[] = []
  return {
    server,
    modelsDir: join(dir, 'models'),
    lockPath,
    hub: { endpoint: server.endpoint, patience },
    report: (event) => void events.push(event),
    events,
    warnings: () => events.flatMap((event) => (event.step === 'warning' ? [event.message] : [])),
    readLock,
    setSource: (change) => write(unlocked({ ...source, ...change })),
  }
}

const fetchSmall = (bench: Bench, change: Partial<FetchOptions> = {}): Promise<void> =>
  ensureModels(['small'], { ...bench, ...change })

function checkInstalled(t: Test, { modelsDir }: Bench): void {
  t.ok(readFileSync(join(modelsDir, 'small/weights/model.bin')).equals(model), 'the weights are right')
  t.equal(readFileSync(join(modelsDir, 'small/config.json'), 'utf8'), config)
  t.same(readdirSync(modelsDir), ['small'], 'nothing else is left')
}

/** Where the weights wait while they are incomplete. */
function partialPath({ modelsDir }: Bench): string {
  return join(modelsDir, '.staging/downloads', sha256Of(model), 'model.bin.partial')
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 1500) throw new Error('It never happened.')
    await delay(20)
  }
}

const requestsOf = ({ server }: Bench, path: RegExp): string[] =>
  server.requests.filter((request) => path.test(request.path)).map(({ path }) => path)

t.test('a model that nobody has pinned: fetched, and the user is told how to pin it', async (t) => {
  const bench = await createBench(t, fromBranch)
  await fetchSmall(bench)
  checkInstalled(t, bench)
  t.same(bench.warnings(), [
    'models.lock.json does not pin small: taken as the hub has it today (Owner/small at c0ffee000000). Pin it with: npm run models lock small',
  ])
  const progress = bench.events.flatMap((event) => (event.step === 'download' ? [event] : []))
  t.ok(progress.every(({ totalBytes }) => totalBytes === model.length + config.length))
  t.equal(progress.at(-1)?.doneBytes, model.length + config.length)
  t.same(await verifyModels(['small'], bench), [])

  await bench.server.close()
  bench.events.length = 0
  await fetchSmall(bench)
  t.same(bench.events, [], 'the second time without a network, and without a word')
})

t.test('what was installed before it was pinned is pinned as it is', async (t) => {
  const bench = await createBench(t, fromBranch)
  await fetchSmall(bench)
  await bench.server.close()
  await relockModels(['small'], bench)
  const { sources, files } = bench.readLock()
  t.same(sources, [pinned], 'commit, sizes and hashes')
  t.same(files.map(({ path }) => path).sort(), ['config.json', 'model.json', 'weights/model.bin'])
  t.same(await verifyModels(['small'], bench), [])
})

t.test('locking fetches what is not installed, and a locked model needs no list of files', async (t) => {
  const bench = await createBench(t, fromBranch)
  await relockModels(['small'], bench)
  checkInstalled(t, bench)
  t.same(bench.warnings(), [])
  t.same(bench.readLock().sources, [pinned])
  bench.server.requests.length = 0
  await fetchSmall(bench, { modelsDir: `${bench.modelsDir}-elsewhere` })
  t.same(requestsOf(bench, /^\/api\/models\//), [])
})

t.test('sources with hashes of their own are no matter of trust, even before they are locked', async (t) => {
  const bench = await createBench(t, pinned)
  await fetchSmall(bench)
  checkInstalled(t, bench)
  t.same(bench.warnings(), [])
  t.same(requestsOf(bench, /^\/api\/models\//), [])
})

t.test(
  'a change in the folder or in the lock file is found, and what is missing fetched again',
  async (t) => {
    const bench = await createBench(t, fromBranch)
    t.same(await verifyModels(['small'], bench), [
      { name: 'small', faults: [{ path: 'pin.json', fault: 'missing' }] },
    ])
    await fetchSmall(bench)
    writeFileSync(join(bench.modelsDir, 'small/config.json'), 'garbage')
    t.same(await verifyModels(['small'], bench), [
      { name: 'small', faults: [{ path: 'config.json', fault: 'wrong size' }] },
    ])
    await fetchSmall(bench)
    checkInstalled(t, bench)
    bench.setSource({ files: [{ path: 'README.md', as: 'README.md' }] })
    await fetchSmall(bench)
    t.same(readdirSync(join(bench.modelsDir, 'small')).sort(), ['README.md', 'model.json', 'pin.json'])
  },
)

t.test('files come at the same time', async (t) => {
  const files = Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, Buffer.alloc(5000, name)]),
  )
  const source = { ...fromBranch, files: Object.keys(files).map((path) => ({ path, as: path })) }
  const bench = await createBench(t, source, { 'Owner/small': { commit, files } })
  bench.server.fault = ({ origin }) => (origin === 'store' ? { slowMs: 60 } : undefined)
  await fetchSmall(bench)
  t.equal(bench.server.mostAtOnce, 4)
})

t.test('the token goes to the hub, and not to its store', async (t) => {
  const gated = { ...repository, gated: true, grantedTo: 'hf_secret' }
  const bench = await createBench(t, fromBranch, { 'Owner/small': gated })
  await fetchSmall(bench, { hub: { ...bench.hub, token: 'hf_secret' } })
  checkInstalled(t, bench)
  const tokensAt = (origin: string) =>
    new Set(bench.server.requests.filter((request) => request.origin === origin).map((r) => r.authorization))
  t.same(tokensAt('hub'), new Set(['Bearer hf_secret']))
  t.same(tokensAt('store'), new Set([undefined]))
  t.notMatch(JSON.stringify(bench.events), /hf_secret/)
})

t.test('a connection that breaks in the middle is taken up where it broke', async (t) => {
  const bench = await createBench(t, pinned)
  let cuts = 0
  bench.server.fault = ({ origin }) => {
    if (origin !== 'store' || cuts === 5) return undefined
    cuts += 1
    return { cutAfter: 40_000 }
  }
  await fetchSmall(bench)
  checkInstalled(t, bench)
  const ranges = bench.server.requests.filter(({ origin }) => origin === 'store').map(({ range }) => range)
  t.same(ranges, [undefined, ...[1, 2, 3, 4, 5].map((cut) => `bytes=${cut * 40_000}-`)])
  t.same(bench.warnings(), [], 'more cuts than attempts, but each with progress: nobody is bothered')
})

t.test('a run that was given up is taken up by the next', async (t) => {
  const bench = await createBench(t, pinned)
  bench.server.fault = ({ origin }) => (origin === 'store' ? { silentAfter: 100_000 } : undefined)
  const controller = new AbortController()
  const hub = { ...bench.hub, patience: { ...patience, silenceMs: 60_000 } }
  const fetching = fetchSmall(bench, { hub, signal: controller.signal })
  await until(() => existsSync(partialPath(bench)) && statSync(partialPath(bench)).size === 100_000)
  controller.abort()
  await t.rejects(fetching, {
    code: 'ERR_ABORTED',
    message: 'Cancelled; the next run goes on with what is complete.',
  })
  bench.server.fault = () => undefined
  bench.server.requests.length = 0
  await fetchSmall(bench)
  checkInstalled(t, bench)
  const resumed = bench.server.requests.find(({ origin }) => origin === 'store')
  t.equal(resumed?.range, 'bytes=100000-')
  t.match(resumed?.ifRange, /^"[0-9a-f]{40}"$/, 'only if it is still the same')
  t.notOk(requestsOf(bench, /config\.json/).length, 'what was complete is not asked for again')
})

t.test('a process that was killed is taken up by the next', async (t) => {
  const bench = await createBench(t, pinned)
  bench.server.fault = ({ origin }) => (origin === 'store' ? { silentAfter: 100_000 } : undefined)
  const { modelsDir, lockPath, server } = bench
  const hub = { endpoint: server.endpoint }
  const fetchUrl = new URL('../src/models/fetch.ts', import.meta.url).href
  const program = `import { ensureModels } from ${JSON.stringify(fetchUrl)}
await ensureModels(['small'], ${JSON.stringify({ modelsDir, lockPath, hub })})`
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', program])
  const exited = once(child, 'exit')
  await until(() => existsSync(partialPath(bench)) && statSync(partialPath(bench)).size === 100_000)
  child.kill('SIGKILL')
  await exited
  server.fault = () => undefined
  await fetchSmall(bench)
  checkInstalled(t, bench)
  t.equal(server.requests.findLast(({ origin }) => origin === 'store')?.range, 'bytes=100000-')
})

t.test('a beginning that fits nothing is thrown away', async (t) => {
  const begin = (bench: Bench, content: Uint8Array | string, etag?: string): void => {
    mkdirSync(join(partialPath(bench), '..'), { recursive: true })
    writeFileSync(partialPath(bench), content)
    if (etag !== undefined) writeFileSync(partialPath(bench).replace('.partial', '.etag'), etag)
  }
  const cases: [string, Uint8Array | string, string?][] = [
    ['of another version', 'x'.repeat(500), '"another version"'],
    ['of other content, which only its hash shows', 'x'.repeat(500)],
    ['longer than the file', Buffer.alloc(model.length + 1)],
    ['as long as the file', Buffer.alloc(model.length)],
  ]
  for (const [what, content, etag] of cases) {
    const bench = await createBench(t, pinned)
    begin(bench, content, etag)
    await fetchSmall(bench)
    checkInstalled(t, bench)
    t.pass(what)
  }
  const bench = await createBench(t, pinned)
  begin(bench, model.subarray(0, 500))
  bench.server.fault = ({ origin, range }) => (origin === 'store' && range ? { status: 416 } : undefined)
  await fetchSmall(bench)
  checkInstalled(t, bench)
})

t.test('a repository that has another name by now: followed, and said', async (t) => {
  const repositories = {
    'Owner/small': { ...repository, movedTo: 'New-Owner/small' },
    'New-Owner/small': repository,
  }
  for (const source of [fromBranch, pinned]) {
    const bench = await createBench(t, source, repositories)
    await fetchSmall(bench)
    checkInstalled(t, bench)
    t.match(bench.warnings(), [
      'Owner/small is now called New-Owner/small: write that name into models.lock.json.',
    ])
  }
})

t.test('busy for a moment: waited for, as long as it asks', async (t) => {
  const bench = await createBench(t, fromBranch)
  const busy = [
    { status: 429, headers: { 'retry-after': '0' } },
    { status: 503 },
    undefined,
    { status: 500 },
    { status: 429, headers: { 'retry-after': new Date().toUTCString() } },
  ]
  bench.server.fault = () => busy.shift()
  await fetchSmall(bench)
  checkInstalled(t, bench)
})

interface Failure {
  readonly what: string
  readonly source?: HubSource
  readonly repositories?: (name: string) => Readonly<Record<string, HubRepository>>
  readonly token?: string
  readonly fault?: HubServer['fault']
  readonly code?: string
  /** HUB and STORE stand for their addresses. */
  readonly message: string
}

const gated = () => ({ 'Owner/small': { ...repository, gated: true } })
const atStore = (fault: ReturnType<HubServer['fault']>): HubServer['fault'] => {
  return ({ origin }) => (origin === 'store' ? fault : undefined)
}
const withFiles = (...files: HubSource['files']): HubSource => ({ ...fromBranch, files })

const failures: Failure[] = [
  {
    what: 'no such repository, without a token',
    repositories: () => ({}),
    message:
      'Owner/small cannot be downloaded: HUB has no such repository, or shows it to some accounts only. Check the name in models.lock.json; if it is right, accept the licence at HUB/Owner/small and set HF_TOKEN to a token of that account (HUB/settings/tokens).',
  },
  {
    what: 'no such repository, with a token',
    repositories: () => ({}),
    token: 'hf_secret',
    message:
      'Owner/small cannot be downloaded: HUB has no repository Owner/small, or hides it from the account of HF_TOKEN. Check its name in models.lock.json, and HF_ENDPOINT.',
  },
  {
    what: 'gated, without a token',
    repositories: gated,
    message:
      'Owner/small cannot be downloaded: its licence has to be accepted first: accept the licence at HUB/Owner/small and set HF_TOKEN to a token of that account (HUB/settings/tokens).',
  },
  {
    what: 'gated, with a token that was not let in',
    repositories: gated,
    token: 'hf_secret',
    message:
      'Owner/small cannot be downloaded: the account of HF_TOKEN has no access to it: accept the licence at HUB/Owner/small with that account, and wait if its owner has to agree.',
  },
  {
    what: 'a token that nobody knows',
    token: 'hf_secret',
    fault: () => ({ status: 401 }),
    message:
      'Owner/small cannot be downloaded: HUB does not know the token in HF_TOKEN: make a new one at HUB/settings/tokens, or leave HF_TOKEN unset.',
  },
  {
    what: 'a token without the right',
    token: 'hf_secret',
    fault: () => ({ status: 403 }),
    message:
      'Owner/small cannot be downloaded: the token in HF_TOKEN may not read it: make one that may at HUB/settings/tokens.',
  },
  {
    what: 'no such revision',
    source: { ...fromBranch, revision: 'v2' },
    message:
      'Owner/small cannot be downloaded: it has no revision v2; those it has are at HUB/Owner/small/commits/main.',
  },
  {
    what: 'no such file',
    source: withFiles({ path: 'model.onnx', as: 'model.onnx' }),
    message:
      'Owner/small has no model.onnx at main; it has: README.md, model.bin, onnx/config.json. Correct the entry in models.lock.json.',
  },
  {
    what: 'no such file, of a pinned source',
    source: { ...pinned, files: [{ path: 'a.onnx', as: 'a', bytes: 1, sha256: sha256Of('a') }] },
    message: `Owner/small has no a.onnx at ${commit}; it has: README.md, model.bin, onnx/config.json. Correct the entry in models.lock.json.`,
  },
  {
    what: 'another size than in the lock file',
    source: withFiles({ path: 'model.bin', as: 'model.bin', bytes: 7 }),
    code: 'ERR_MODEL_HASH',
    message:
      'model.bin of Owner/small is not the file that models.lock.json names: it has 300000 bytes instead of 7. Nothing of it was used; try again, or ask who runs HUB.',
  },
  {
    what: 'another hash than in the lock file, seen in the list',
    source: withFiles({ path: 'model.bin', as: 'model.bin', sha256: '0'.repeat(64) }),
    code: 'ERR_MODEL_HASH',
    message:
      'model.bin of Owner/small is not the file that models.lock.json names: it has another sha256. Nothing of it was used; try again, or ask who runs HUB.',
  },
  {
    what: 'another hash than in the lock file, seen before the download',
    source: { ...pinned, files: [{ ...pinnedModel, sha256: '0'.repeat(64) }] },
    code: 'ERR_MODEL_HASH',
    message:
      'model.bin of Owner/small is not the file that models.lock.json names: it has another hash. Nothing of it was used; try again, or ask who runs HUB.',
  },
  {
    what: 'other content than the hub announced',
    fault: atStore({ content: Buffer.alloc(model.length) }),
    code: 'ERR_MODEL_HASH',
    message:
      'model.bin of Owner/small is not the file that HUB announced: it has the wrong sha256. Nothing of it was used; try again, or ask who runs HUB.',
  },
  {
    what: 'other content of a small file, which has no sha256',
    fault: ({ path }) => (path.startsWith('/api/resolve-cache/') ? { content: '{"mel": 81}' } : undefined),
    code: 'ERR_MODEL_HASH',
    message:
      'onnx/config.json of Owner/small is not the file that HUB announced: it has the wrong git hash. Nothing of it was used; try again, or ask who runs HUB.',
  },
  {
    what: 'more bytes than announced',
    fault: atStore({ content: Buffer.alloc(model.length + 1) }),
    code: 'ERR_MODEL_HASH',
    message:
      'model.bin of Owner/small is not the file that HUB announced: more than its 300000 bytes are sent. Nothing of it was used; try again, or ask who runs HUB.',
  },
  {
    what: 'fewer bytes than announced, again and again',
    fault: atStore({ content: '' }),
    message:
      'model.bin of Owner/small cannot be downloaded: the connection ends early again and again, after 0 of 300000 bytes; what has arrived is kept, the next run goes on from there.',
  },
  {
    what: 'a connection that always breaks',
    fault: atStore({ cutAfter: 0 }),
    message:
      'model.bin of Owner/small cannot be downloaded: the connection to its store STORE breaks again and again (UND_ERR_SOCKET); what has arrived is kept, the next run goes on from there.',
  },
  {
    what: 'a connection that falls silent',
    fault: atStore({ silentAfter: 0 }),
    message:
      'model.bin of Owner/small cannot be downloaded: STORE fell silent again and again; what has arrived is kept, the next run goes on from there.',
  },
  {
    what: 'too many requests, for good',
    fault: () => ({ status: 429, headers: { 'retry-after': '0' } }),
    message:
      'Owner/small cannot be downloaded: HUB has had too many requests from here (429); try again in 0 s, or set HF_TOKEN: with a token more requests are allowed.',
  },
  {
    what: 'too many requests, and a wait that is too long',
    token: 'hf_secret',
    fault: () => ({ status: 429, headers: { 'retry-after': '300' } }),
    message:
      'Owner/small cannot be downloaded: HUB has had too many requests from here (429); try again in 300 s.',
  },
  {
    what: 'out of order for good',
    fault: () => ({ status: 502 }),
    message: 'Owner/small cannot be downloaded: HUB answers 502 again and again; try again later.',
  },
  {
    what: 'a store that refuses',
    fault: atStore({ status: 403 }),
    message: 'model.bin of Owner/small cannot be downloaded: its store STORE answers 403; try again later.',
  },
  {
    what: 'a login page of the network',
    fault: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Welcome!' }),
    message:
      'Owner/small cannot be downloaded: HUB answers with a web page. If this network asks for a login, open any page in a browser first; otherwise check HF_ENDPOINT.',
  },
  {
    what: 'no hub at all',
    fault: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }),
    message: 'Owner/small cannot be downloaded: HUB does not answer as a model hub does: check HF_ENDPOINT.',
  },
  {
    what: 'redirects without end',
    fault: ({ path }) => ({ status: 302, headers: { location: path } }),
    message: 'Owner/small cannot be downloaded: HUB sends us round in circles: check HF_ENDPOINT.',
  },
]

t.test('what the user sees', async (t) => {
  for (const { what, source = fromBranch, token, fault, code = 'ERR_MODEL_FETCH', ...failure } of failures) {
    await t.test(what, async (t) => {
      const bench = await createBench(t, source, failure.repositories?.('Owner/small'))
      if (fault) bench.server.fault = fault
      const message = failure.message
        .replaceAll('HUB', bench.server.endpoint)
        .replaceAll('STORE', bench.server.storeOrigin)
      await t.rejects(fetchSmall(bench, { hub: { ...bench.hub, token } }), { code, message })
      t.notOk(existsSync(join(bench.modelsDir, 'small')), 'nothing is installed')
    })
  }
})

t.test('offline', async (t) => {
  const bench = await createBench(t, fromBranch)
  const { endpoint } = bench.server
  await bench.server.close()
  const fetchFrom = (endpoint: string) => fetchSmall(bench, { hub: { endpoint, patience } })
  await t.rejects(fetchFrom(endpoint), {
    code: 'ERR_MODEL_FETCH',
    message: `Owner/small cannot be downloaded: HF_ENDPOINT (${endpoint}) cannot be reached (ECONNREFUSED): check the network. Models that are installed go on working without it.`,
  })
  await t.rejects(fetchFrom('https://hub.invalid'), {
    code: 'ERR_MODEL_FETCH',
    message:
      /^Owner\/small cannot be downloaded: HF_ENDPOINT \(https:\/\/hub\.invalid\) cannot be reached \((ENOTFOUND|EAI_AGAIN)\): check the network\./,
  })
})

t.test('no TLS where https is asked for', async (t) => {
  const bench = await createBench(t, fromBranch)
  const endpoint = bench.server.endpoint.replace('http:', 'https:')
  await t.rejects(fetchSmall(bench, { hub: { endpoint, patience } }), {
    code: 'ERR_MODEL_FETCH',
    message: `Owner/small cannot be downloaded: there is no TLS with ${endpoint} (ERR_SSL_WRONG_VERSION_NUMBER): check http or https in HF_ENDPOINT.`,
  })
})

t.test('no HTTP where a hub is expected', async (t) => {
  const bench = await createBench(t, fromBranch)
  const babbler = createServer((socket) => void socket.end('hello\n'))
  babbler.listen(0, '127.0.0.1')
  await once(babbler, 'listening')
  t.teardown(() => babbler.close())
  const { port } = babbler.address() as { readonly port: number }
  await t.rejects(fetchSmall(bench, { hub: { endpoint: `http://127.0.0.1:${port}`, patience } }), {
    code: 'ERR_MODEL_FETCH',
    message: /^Owner\/small cannot be downloaded: the connection to HF_ENDPOINT .* breaks again and again/,
  })
})

t.test('a full disk', { skip: !existsSync('/dev/full') && 'needs /dev/full' }, async (t) => {
  const bench = await createBench(t, pinned)
  mkdirSync(join(partialPath(bench), '..'), { recursive: true })
  symlinkSync('/dev/full', partialPath(bench))
  await t.rejects(fetchSmall(bench), {
    code: 'ERR_DISK',
    message: `The disk of ${bench.modelsDir} is full: free some space. Or set MODELS_DIR to another folder.`,
  })
})

t.test('a disk without room for it is found full before anything is downloaded', async (t) => {
  const huge = { path: 'huge.bin', as: 'huge.bin', bytes: Number.MAX_SAFE_INTEGER, sha256: sha256Of('huge') }
  const bench = await createBench(t, { ...pinned, files: [huge] })
  await t.rejects(fetchSmall(bench), {
    code: 'ERR_DISK',
    message: /^The models need \d+ MB in .*models, and \d+ MB are free: free some space/,
  })
  t.same(bench.server.requests, [])
})
