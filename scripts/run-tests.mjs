// `npm test [-- FILE...]`: builds, fetches the default models, runs tap, and ends with one line of counts.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'

const results = '.tap/results.tap'

/** Runs a program with our terminal and tells how long it took. */
function step(title, command, args, variables = {}) {
  const startedAt = performance.now()
  const { status, error } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...variables },
  })
  if (error) throw error
  console.log(`${title}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  return status ?? 1
}

/** tap ends its output with `# { total: 3, pass: 2, fail: 1 }`; a count of zero is left out. */
function readCounts() {
  const summary =
    readFileSync(results, 'utf8')
      .match(/^# \{ .* \}$/gm)
      ?.at(-1) ?? ''
  const count = (name) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail') }
}

function run() {
  for (const [title, command, args] of [
    ['build', 'node_modules/.bin/tsc', ['-p', 'tsconfig.build.json']],
    ['models', process.execPath, ['dist/models/cli.js']],
  ]) {
    const status = step(title, command, args)
    if (status !== 0) return status
  }
  mkdirSync('.tap', { recursive: true })
  rmSync(results, { force: true })
  // `terse` counts along, by redrawing; `min` shows failures alone.
  const reporter = process.stdout.isTTY ? 'terse' : 'min'
  const tapArgs = [`--reporter=${reporter}`, `--output-file=${results}`, ...process.argv.slice(2)]
  // With CI set, the library that tap draws with leaves the failures out.
  const status = step('tests', 'node_modules/.bin/tap', tapArgs, { CI: 'false' })
  const { passed, failed } = readCounts()
  console.log(`${passed} passed, ${failed} failed`)
  // Where tap found nothing to run, nothing was shown to work.
  return passed + failed === 0 ? 1 : status
}

process.exitCode = run()
