/** The programs in training/: their own tests, in Python, as a person runs them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))
const python = join(root, 'scripts/.venv/bin/python3')
const skip =
  !existsSync(python) &&
  'no Python environment; to make one: python3 -m venv scripts/.venv && scripts/.venv/bin/pip install -r scripts/requirements.txt'

t.test('features, training, resumption and export of a voice', { skip, timeout: 180_000 }, async (t) => {
  const child = spawn(python, ['-m', 'unittest', 'discover', '-s', 'tests', '-t', '.'], {
    cwd: join(root, 'training'),
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
  })
  const code = once(child, 'close').then(([code]) => code as number | null)
  const [, output] = await Promise.all([text(child.stdout), text(child.stderr)])
  t.equal(await code, 0, output)
  t.match(output, /Ran [1-9]\d* tests/, 'the tests were found')
})
