/** A start that cannot succeed says why and ends in good order, whatever else is being loaded. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { localImportFile } from '../src/models/installed.ts'
import { modelDir } from './models.ts'
import { build, plainEnv } from './server.ts'

const defaults = [
  'silero-vad',
  'smart-turn',
  'whisper-base',
  'marian-en-pt',
  'marian-pt-en',
  'hibari-en',
  'fastspeech2-pt-dora',
  'kokoro',
  'espeak-ng',
]

/** A folder with the default models, and copies of some under other names, as the user's own. */
function modelsFolder(t: Test, copies: Readonly<Record<string, string>>): string {
  const dir = join(t.testdir({}), 'models')
  mkdirSync(dir)
  for (const name of defaults) symlinkSync(modelDir(name), join(dir, name))
  for (const [name, original] of Object.entries(copies)) {
    cpSync(modelDir(original), join(dir, name), { recursive: true })
    writeFileSync(join(dir, name, localImportFile), '{}')
  }
  return dir
}

/** @returns what the program says before it ends with exit code 1. */
async function failToStart(t: Test, variables: NodeJS.ProcessEnv): Promise<string> {
  await build()
  const child = spawn(process.execPath, ['dist/server.js'], {
    cwd: new URL('..', import.meta.url),
    env: { ...plainEnv(), PORT: '0', ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [said, exit] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.same(exit, [1, null])
  return said
}

t.test('two translators of one pair', async (t) => {
  const MODELS_DIR = modelsFolder(t, { twin: 'marian-en-pt' })
  t.match(await failToStart(t, { MODELS_DIR }), /^marian-en-pt and twin both translate en-pt: .*\n$/)
})

t.test('a model that is damaged or incomplete', async (t) => {
  const MODELS_DIR = modelsFolder(t, { mine: 'whisper-base' })
  truncateSync(join(MODELS_DIR, 'mine', 'encoder.onnx'), 1_000_000)
  const damaged = await failToStart(t, { MODELS_DIR, WHISPER_MODEL: 'mine' })
  t.match(damaged, /^\/.*mine\/encoder\.onnx cannot be loaded: .*install the model again.*\n$/)
  rmSync(join(MODELS_DIR, 'mine', 'encoder.onnx'))
  const incomplete = await failToStart(t, { MODELS_DIR, WHISPER_MODEL: 'mine' })
  t.match(incomplete, /^\/.*mine\/encoder\.onnx is missing: install the model again.*\n$/)
})

t.test('a port in use', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as AddressInfo
  t.match(
    await failToStart(t, { PORT: String(port) }),
    /^Cannot listen on 127\.0\.0\.1:\d+: the port is in use.*\n$/,
  )
})
