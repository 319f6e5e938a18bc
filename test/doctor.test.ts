/** `npm run doctor` as a person runs it. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Finding } from '../src/doctor/finding.ts'
import { modelDir } from './models.ts'
import { build, plainEnv } from './server.ts'

const root = new URL('..', import.meta.url)
const models = [
  'silero-vad',
  'smart-turn',
  'whisper-base',
  'marian-en-pt',
  'marian-pt-en',
  'hibari-en',
  'kokoro',
]

interface Result {
  readonly code: number | null
  readonly stdout: string
}

async function doctor(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<Result> {
  await build()
  const env = { ...plainEnv(), ...variables }
  const child = spawn(process.execPath, ['dist/doctor/cli.js', ...args], { cwd: root, env })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { stdout: await text(child.stdout), code: await code }
}

async function findings(variables: NodeJS.ProcessEnv = {}): Promise<readonly Finding[]> {
  const { stdout } = await doctor(['--json'], variables)
  return (JSON.parse(stdout) as { findings: Finding[] }).findings
}

t.test('a machine where all is well', async (t) => {
  for (const model of models) modelDir(model)
  const { code, stdout } = await doctor(['--json'], { USE_GPU: 'false' })
  t.equal(code, 0, stdout)
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] }
  t.ok(ok)
  t.same(
    findings.filter(({ state }) => state === 'failure'),
    [],
  )
  for (const model of models) {
    const finding = findings.find(({ subject }) => subject === model)
    t.ok(finding?.ms, `${model} was run: ${finding?.found} in ${finding?.ms} ms`)
    t.ok(finding?.expectedMs, `and a time was expected: ${finding?.expectedMs}`)
  }
})

t.test('a setting that is not allowed', async (t) => {
  const { code, stdout } = await doctor([], { MAX_CHANNELS: 'many' })
  t.equal(code, 1)
  t.match(stdout, /FAIL {2}Settings +MAX_CHANNELS="many" is not allowed/)
})

t.test('a model that was never there', async (t) => {
  const found = await findings({ MODELS_DIR: t.testdir(), WHISPER_MODEL: 'enormous' })
  t.match(found.at(-1), {
    state: 'failure',
    subject: 'Models',
    found: /WHISPER_MODEL="enormous" is no model/,
  })
})

t.test('models that are broken, and models that are still to come', async (t) => {
  const variables = {
    MODELS_DIR: t.testdir({
      'silero-vad': { 'model.json': '{"engine":"silero"}', 'silero_vad_v5.onnx': 'cut' },
    }),
    USE_GPU: 'false',
  }
  const found = await findings(variables)
  t.match(
    found.find(({ subject }) => subject === 'silero-vad'),
    { state: 'failure', found: /silero_vad_v5\.onnx: wrong size/, remedy: /npm run models fetch silero-vad/ },
  )
  t.match(
    found.find(({ subject }) => subject === 'Models'),
    { state: 'warning', found: /not here yet: smart-turn, whisper-base/, remedy: /npm run models/ },
  )
  t.equal((await doctor([], variables)).code, 1)
})

t.test('wrong usage', async (t) => {
  t.equal((await doctor(['--nonsense'])).code, 2)
  t.match(await doctor(['--help']), { code: 0, stdout: /Usage: npm run doctor/ })
})
