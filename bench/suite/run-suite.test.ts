import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FakeMlflow } from '../../test/fixtures/fake-mlflow.ts'
import { type Bench, type BenchResult, defineBench } from './bench.ts'
import { readCommand } from './command-line.ts'
import { runSuite } from './run-suite.ts'

const result: BenchResult = {
  params: { trials: '2' },
  figures: { 'en/wait': { value: 100, unit: 'ms', better: 'lower', spread: 5 } },
  series: { wait: [90, 110] },
  table: '| wait |\n| --- |\n| 100 |\n',
  charts: [{ name: 'wait', svg: '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>' }],
  details: { more: true },
}

function bench(name: string, run: (signal: AbortSignal) => Promise<BenchResult | undefined>): Bench {
  return defineBench({
    name,
    title: `measures ${name}`,
    usage: '',
    options: { [`only-${name}`]: { type: 'string' }, trials: { type: 'string', default: '2' } },
    run: (_, { signal }) => run(signal),
  })
}

interface Trial {
  readonly dir: string
  readonly historyFile: string
  readonly lines: string[]
  readonly fake: FakeMlflow
  run(benches: readonly Bench[], args?: readonly string[], signal?: AbortSignal): Promise<boolean>
}

async function prepareTrial(t: Test): Promise<Trial> {
  const dir = t.testdir({ results: {} })
  const fake = new FakeMlflow()
  t.teardown(() => fake.stop())
  const mlflow = { trackingUri: `http://127.0.0.1:${await fake.start()}`, experimentName: 'try', live: false }
  const historyFile = join(dir, 'history.json')
  const lines: string[] = []
  t.capture(console, 'error', (...words: unknown[]) => lines.push(words.map(String).join(' ')))
  const print = (line: string): void => void lines.push(line)
  return {
    ...{ dir, historyFile, lines, fake },
    run(benches, args = [], signal = new AbortController().signal) {
      const command = readCommand([...args, '--out', join(dir, 'results')], benches)
      return runSuite(command, { signal, mlflow, historyFile, print })
    },
  }
}

function resultsOf({ dir }: Trial): string[] {
  const [run = ''] = readdirSync(join(dir, 'results'))
  return readdirSync(join(dir, 'results', run)).sort()
}

t.test('a bench leaves files, a line of the history and a run in MLflow', async (t) => {
  const trial = await prepareTrial(t)
  t.equal(await trial.run([bench('waits', async () => result)]), true)
  t.same(resultsOf(trial), ['waits-wait.png', 'waits-wait.svg', 'waits.json', 'waits.md'])
  t.match(JSON.parse(readFileSync(trial.historyFile, 'utf8')), [
    { bench: 'waits', params: { trials: '2' }, figures: { 'en/wait': { value: 100, spread: 5 } } },
  ])
  const [run] = trial.fake.runs
  t.equal(run?.status, 'FINISHED')
  t.equal(run?.params.get('trials'), '2')
  t.match(run?.tags, new Map([['bench', 'waits']]))
  t.match(run?.metrics, [
    { key: 'en/wait', value: 100 },
    { key: 'en/wait_spread', value: 5 },
    { key: 'each/wait', value: 90, step: 0 },
    { key: 'each/wait', value: 110, step: 1 },
  ])
  t.same(
    [...trial.fake.artifacts.keys()].map((path) => path.split('/').at(-1)),
    ['waits.json', 'waits.md', 'waits-wait.svg', 'waits-wait.png'],
  )
})

t.test('what was measured again at the same commit takes the place of what was there', async (t) => {
  const trial = await prepareTrial(t)
  await trial.run([bench('waits', async () => result)])
  await trial.run([bench('waits', async () => result)])
  t.equal((JSON.parse(readFileSync(trial.historyFile, 'utf8')) as unknown[]).length, 1)
})

t.test('an MLflow server that goes away half way is one warning', async (t) => {
  const trial = await prepareTrial(t)
  const first = bench('first', async () => {
    await trial.fake.stop()
    return result
  })
  t.equal(await trial.run([first, bench('second', async () => result)]), true)
  t.equal(resultsOf(trial).length, 8)
  const warnings = trial.lines.filter((line) => line.includes('goes on without it'))
  t.equal(warnings.length, 1, trial.lines.join('\n'))
})

t.test('--no-mlflow and --no-history do what they say', async (t) => {
  const trial = await prepareTrial(t)
  await trial.run([bench('waits', async () => result)], ['--no-mlflow', '--no-history'])
  t.same(trial.fake.runs, [])
  t.notOk(readdirSync(trial.dir).includes('history.json'))
})

t.test('Ctrl-C keeps what is done, and nothing else begins', async (t) => {
  const trial = await prepareTrial(t)
  const interrupted = new AbortController()
  const first = bench('first', async () => {
    interrupted.abort()
    return result
  })
  const second = bench('second', async () => {
    t.fail('it began')
    return result
  })
  t.equal(await trial.run([first, second], [], interrupted.signal), false)
  t.match(
    JSON.parse(
      readFileSync(
        join(trial.dir, 'results', readdirSync(join(trial.dir, 'results'))[0] ?? '', 'first.json'),
        'utf8',
      ),
    ),
    {
      interrupted: true,
    },
  )
  t.equal(trial.fake.runs[0]?.status, 'KILLED')
  t.notOk(readdirSync(trial.dir).includes('history.json'), 'half a measurement is no measurement')
})

t.test('one that fails does not stop the others', async (t) => {
  const trial = await prepareTrial(t)
  const broken = bench('broken', async () => Promise.reject(new Error('no luck')))
  t.equal(await trial.run([broken, bench('waits', async () => result)]), false)
  t.same(
    trial.fake.runs.map(({ status }) => status),
    ['FAILED', 'FINISHED'],
  )
})

t.test('one command line serves several benches, and nobody else', async (t) => {
  const trial = await prepareTrial(t)
  const benches = [bench('a', async () => result), bench('b', async () => result)]
  t.equal(await trial.run(benches, ['a', 'b', '--only-a', 'x', '--only-b', 'y', '--trials', '3']), true)
  await t.rejects(trial.run(benches, ['a', '--only-b', 'y']), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION' })
  t.throws(() => readCommand(['c'], benches), { message: /no bench "c"; there are: a, b, compare/ })
  t.throws(() => readCommand(['--json', 'x'], benches), { message: /for one bench/ })
})
