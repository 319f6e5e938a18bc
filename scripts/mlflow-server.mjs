// `npm run mlflow [-- --port 5000]`: an MLflow server on this machine, for people who have none. The first start makes
// a Python environment with MLflow in the cache folder (a few minutes); runs and artifacts stay in mlruns/.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const version = '3.17.2'
const python = 'python3'
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '5000' },
    /** Where runs and artifacts are kept. */
    data: { type: 'string', default: 'mlruns' },
  },
})

const { XDG_CACHE_HOME: cache = '' } = process.env
const cacheDir = isAbsolute(cache) ? cache : join(homedir(), '.cache')
const environment = join(cacheDir, `voxbridge-mlflow-${version}`)
/** Is written last, so that an installation that was cut off is made anew. */
const completeFile = join(environment, 'complete')

/** The program that runs now; the terminal sends it Ctrl-C as well, so all that is left to do is to wait for its end. */
let running
process.on('SIGINT', () => {})
process.on('SIGTERM', () => running?.kill('SIGTERM'))

/** @returns the exit code, 130 where Ctrl-C or SIGTERM ended it. */
async function run(command, args, variables = {}) {
  running = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...variables } })
  const [code] = await once(running, 'exit')
  return code ?? 130
}

/** @returns the exit code */
async function install() {
  if (existsSync(completeFile)) return 0
  console.error(`Installing MLflow ${version} into ${environment}; this takes a few minutes, once.`)
  rmSync(environment, { recursive: true, force: true })
  const made = await run(python, ['-m', 'venv', environment])
  if (made !== 0) return made
  const code = await run(join(environment, 'bin', 'pip'), ['install', '--quiet', `mlflow==${version}`])
  if (code === 0) writeFileSync(completeFile, '')
  return code
}

async function serve() {
  const dataDir = resolve(values.data)
  mkdirSync(dataDir, { recursive: true })
  console.error(`MLflow keeps its runs in ${dataDir}. Tell the benches and the server of it:`)
  console.error(`  export MLFLOW_TRACKING_URI=http://127.0.0.1:${values.port}`)
  const args = [
    'server',
    ...['--backend-store-uri', `sqlite:///${join(dataDir, 'mlflow.db')}`],
    ...['--artifacts-destination', join(dataDir, 'artifacts')],
    ...['--host', '127.0.0.1', '--port', values.port, '--workers', '1'],
  ]
  // MLflow reports its use to its makers unless it is told not to.
  return run(join(environment, 'bin', 'mlflow'), args, {
    DO_NOT_TRACK: 'true',
    MLFLOW_DISABLE_TELEMETRY: 'true',
  })
}

try {
  const installed = await install()
  process.exitCode = installed === 0 ? await serve() : installed
} catch (error) {
  if (error.code !== 'ENOENT') throw error
  console.error(`${python} was not found: MLflow needs Python 3.10 or later with its venv module.`)
  process.exitCode = 1
}
