/** `npm run translate` as a person runs it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { readWav } from '../src/cli/wav.ts'
import { plainEnv, startServer } from './server.ts'

const root = new URL('..', import.meta.url)
const folder = await mkdtemp(join(tmpdir(), 'translate-test-'))
t.teardown(() => rm(folder, { recursive: true }))
const { url } = await startServer(t)

interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function translate(...args: string[]): Promise<Result> {
  return translateWith({}, args)
}

async function translateWith(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Result> {
  const child = spawn(process.execPath, ['dist/cli/translate.js', ...args], {
    cwd: root,
    env: { ...plainEnv(), ...env },
  })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, stdout, stderr }
}

t.test('captions, timings and a WAV file come out', async (t) => {
  const out = join(folder, 'out.wav')
  const args = [
    'samples/hello-pt.wav',
    '--src',
    'pt',
    '--tgt',
    'en',
    '--url',
    url.href,
    '--fast',
    '--out',
    out,
  ]
  const { code, stdout, stderr } = await translate(...args)
  t.equal(code, 0, stderr)
  t.match(stdout, /pt {2}.*estação/i)
  t.match(stdout, /en {2}.*station/i)
  t.match(stdout, /first audio \d+ ms/)
  const { pcm, sampleRate } = await readWav(out)
  t.equal(sampleRate, 24000)
  t.ok(pcm.length > sampleRate, 'more than a second of speech')
  t.ok(
    pcm.some((sample) => Math.abs(sample) > 3000),
    'that can be heard',
  )
})

t.test('mistakes are answered in words, with exit code 2', async (t) => {
  const sample = 'samples/hello-en.wav'
  const mistakes: [string[], RegExp][] = [
    [[], /name the WAV file/],
    [[sample, '--src', 'en'], /--tgt is missing/],
    [[sample, '--src', 'en', '--tgt', 'pt', '--loud'], /--loud/],
    [[sample, '--src', 'en', '--tgt', 'pt', '--url', 'nowhere'], /--url nowhere/],
    [['absent.wav', '--src', 'en', '--tgt', 'pt'], /absent\.wav: there is no such file/],
    [['package.json', '--src', 'en', '--tgt', 'pt'], /package\.json: .*WAV/],
    [[sample, '--src', 'en', '--tgt', 'xx', '--url', url.href], /en-pt/],
  ]
  for (const [args, words] of mistakes) {
    const { code, stderr } = await translate(...args)
    t.equal(code, 2, args.join(' '))
    t.match(stderr, words)
  }
})

t.test('a server that is not there is an error of another kind', async (t) => {
  const { code, stderr } = await translate(
    'samples/hello-en.wav',
    '--src',
    'en',
    '--tgt',
    'pt',
    '--url',
    'http://127.0.0.1:9/',
  )
  t.equal(code, 1)
  t.match(stderr, /no server listens/)
})

t.test('where no server listens, one is started and ended again', async (t) => {
  const placeholder = createServer().listen(0, '127.0.0.1')
  t.teardown(() => placeholder.close())
  await once(placeholder, 'listening')
  const { port } = placeholder.address() as AddressInfo
  const args = ['samples/hello-pt.wav', '--src', 'pt', '--tgt', 'en', '--fast']
  const env = { PORT: String(port), HOST: '127.0.0.1' }

  placeholder.on('request', (_request, response) => response.writeHead(404).end('what?'))
  const taken = await translateWith(env, args)
  t.equal(taken.code, 1)
  t.match(taken.stderr, /not Voxbridge/)

  placeholder.close()
  await once(placeholder, 'close')
  const { code, stdout, stderr } = await translateWith(env, args)
  t.equal(code, 0, stderr)
  t.match(stdout, /starting a server/)
  t.match(stdout, /station/i)
  await t.rejects(fetch(`http://127.0.0.1:${port}/health`), 'it has ended')
})

t.test('--help', async (t) => {
  const { code, stdout } = await translate('--help')
  t.equal(code, 0)
  t.match(stdout, /Usage: npm run translate/)
})
