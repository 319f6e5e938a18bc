import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { prepareEnvironment } from './environment.ts'

/** Stands for Python: makes an "environment" with a copy of itself in it, and notes what it was asked for. */
const fakePython = `#!/bin/sh
echo "$*" >> CALLS
if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; exit; fi
if grep -q nonsense REQUIREMENTS; then echo "ERROR: No matching distribution found for nonsense" >&2; exit 1; fi
`

function prepare(t: Test) {
  t.capture(console, 'error')
  const root = t.testdir({ 'requirements.txt': 'one==1\n' })
  const requirements = join(root, 'requirements.txt')
  const calls = join(root, 'calls.txt')
  const python = join(root, 'python')
  writeFileSync(python, fakePython.replace('CALLS', calls).replace('REQUIREMENTS', requirements))
  chmodSync(python, 0o755)
  const options = {
    ...{ dir: join(root, 'environment'), requirements, python },
    signal: new AbortController().signal,
  }
  return { options, calls: () => readFileSync(calls, 'utf8').trim().split('\n') }
}

t.test('it is made once, and anew when the list changes', async (t) => {
  const { options, calls } = prepare(t)
  const interpreter = await prepareEnvironment(options)
  t.equal(interpreter, join(options.dir, 'bin/python'))
  t.match(calls(), [`-m venv ${options.dir}`, / -r .*requirements\.txt$/])
  await prepareEnvironment(options)
  t.equal(calls().length, 2, 'nothing is left to do')
  writeFileSync(options.requirements, 'one==2\n')
  await prepareEnvironment(options)
  t.equal(calls().length, 4)
})

t.test('what pip cannot install is one line, and the next run tries it again', async (t) => {
  const { options } = prepare(t)
  writeFileSync(options.requirements, 'nonsense==1\n')
  await t.rejects(prepareEnvironment(options), {
    code: 'ERR_NOT_READY',
    message: /next run.*No matching distribution found for nonsense$/,
  })
  writeFileSync(options.requirements, 'one==1\n')
  t.ok(existsSync(await prepareEnvironment(options)))
})

t.test('a Python that is not there is one line', async (t) => {
  const { options } = prepare(t)
  await t.rejects(prepareEnvironment({ ...options, python: join(options.dir, 'none') }), {
    code: 'ERR_NOT_READY',
    message: /need Python 3/,
  })
})
