/** `npm run translate` at a server that asks for a token. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import { giveToken } from './door-attempts.ts'
import { build, plainEnv } from './server.ts'
import { startTestServer } from './voice-server.ts'

await build()
const tokensFile = join(t.testdir({}), 'tokens.json')
const token = await giveToken(tokensFile, 'shell', ['talk'])
const { doors } = readConfig({ AUTH: 'true', TOKENS_FILE: tokensFile })
const server = await startTestServer({ config: { doors } })
t.teardown(() => server.close())

interface Result {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

async function translate(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const sample = ['samples/hello-en.wav', '--src', 'en', '--tgt', 'pt', '--fast', '--url', server.url]
  const child = spawn(process.execPath, ['dist/cli/translate.js', ...sample, ...args], {
    cwd: new URL('..', import.meta.url),
    env: { ...plainEnv(), ...env },
  })
  const exit = once(child, 'exit') as Promise<[number]>
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { status: (await exit)[0], stdout, stderr }
}

t.test('from the environment', async (t) => {
  const { status, stdout, stderr } = await translate([], { VOXBRIDGE_TOKEN: token })
  t.equal(status, 0, stderr)
  t.match(stdout, /connected: en to pt/)
  t.notMatch(stdout + stderr, token)
})

t.test('from the command line, before the environment', async (t) => {
  const { status, stderr } = await translate(['--token', token], { VOXBRIDGE_TOKEN: 'wrong' })
  t.equal(status, 0, stderr)
})

t.test('none, or a wrong one, is answered in words', async (t) => {
  t.match(await translate([]), { status: 1, stderr: /asks for a token/ })
  t.match(await translate(['--token', 'wrong']), { status: 1, stderr: /not known here/ })
  t.match(await translate(['--token', 'a b']), { status: 2, stderr: /--token must be/ })
})
