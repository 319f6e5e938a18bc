import t, { type Test } from 'tap'
import { MlflowClient } from './client.ts'
import { FakeMlflow } from '../../../test/fixtures/fake-mlflow.ts'

async function startFake(t: Test): Promise<{ fake: FakeMlflow; trackingUri: string }> {
  const fake = new FakeMlflow()
  t.teardown(() => fake.stop())
  return { fake, trackingUri: `http://127.0.0.1:${await fake.start()}` }
}

t.test('an experiment is made once, and found from then on', async (t) => {
  const { fake, trackingUri } = await startFake(t)
  const client = new MlflowClient({ trackingUri })
  t.equal(await client.findOrCreateExperiment('nightly'), '7')
  t.equal(await client.findOrCreateExperiment('nightly'), '7')
  t.same([...fake.experiments.keys()], ['nightly'])
})

t.test('a deleted experiment is told of', async (t) => {
  const { fake, trackingUri } = await startFake(t)
  fake.experiments.set('old', 'gone')
  await t.rejects(new MlflowClient({ trackingUri }).findOrCreateExperiment('old'), {
    code: 'ERR_MLFLOW',
    message: /"old" was deleted .* MLFLOW_EXPERIMENT_NAME/,
  })
})

t.test('a run with parameters, metrics, tags, artifacts and an end', async (t) => {
  const { fake, trackingUri } = await startFake(t)
  const client = new MlflowClient({ trackingUri })
  const run = await client.createRun({ experimentId: '7', name: 'latency', tags: { kind: 'bench' } })
  await run.logParams({ 'model (speech)': 'base', text: 'x'.repeat(7000) })
  await run.logMetrics([
    { name: 'p50', value: 1.5, step: 2, timestampMs: 1000.4 },
    { name: 'nothing', value: NaN },
    { name: 'P95 %', value: 3 },
  ])
  await run.setTags({ commit: 'abc' })
  await run.logArtifact('charts/first sound.png', Buffer.from('PNG'))
  await run.finish('FINISHED')
  const [logged] = fake.runs
  t.match(logged, { name: 'latency', status: 'FINISHED' })
  t.same(logged?.tags, new Map([...[['kind', 'bench'] as const], ['commit', 'abc']]))
  t.equal(logged?.params.get('model _speech_'), 'base')
  t.equal(logged?.params.get('text')?.length, 6000)
  t.match(logged?.metrics, [
    { key: 'p50', value: 1.5, step: 2, timestamp: 1000 },
    { key: 'P95 _', value: 3, step: 0 },
  ])
  t.same([...fake.artifacts], [['7/0/artifacts/charts/first sound.png', 'PNG']])
  t.equal(run.url, `${trackingUri}/#/experiments/7/runs/0`)
})

t.test("batches keep to MLflow's limits", async (t) => {
  const { fake, trackingUri } = await startFake(t)
  const run = await new MlflowClient({ trackingUri }).createRun({ experimentId: '7', name: 'many' })
  await run.logMetrics(Array.from({ length: 2001 }, (_, step) => ({ name: 'ms', value: step, step })))
  await run.logParams(Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`p${index}`, 'x'])))
  t.same(fake.runs[0]?.batches, [1000, 1000, 1, 100, 50])
  t.equal(fake.runs[0]?.metrics.length, 2001)
})

t.test('a name and a password in the address are sent, and never shown', async (t) => {
  const { fake, trackingUri } = await startFake(t)
  const client = new MlflowClient({ trackingUri: trackingUri.replace('//', '//me:s%40crecy@') })
  await client.findOrCreateExperiment('nightly')
  t.same([...fake.authorizations], [`Basic ${Buffer.from('me:s@crecy').toString('base64')}`])
  t.equal(client.address, trackingUri)
})

t.test('what goes wrong is an error that says what would be right', async (t) => {
  const { fake, trackingUri } = await startFake(t)
  t.test('artifacts that are kept elsewhere', async (t) => {
    fake.artifactRoot = '/srv/mlruns'
    const run = await new MlflowClient({ trackingUri }).createRun({ experimentId: '7', name: 'x' })
    await t.rejects(run.logArtifact('a.txt', 'a'), { code: 'ERR_MLFLOW', message: /--serve-artifacts/ })
  })
  t.test('a server that does not answer', async (t) => {
    fake.hangs = true
    const client = new MlflowClient({ trackingUri, timeoutMs: 50 })
    await t.rejects(client.findOrCreateExperiment('x'), {
      code: 'ERR_MLFLOW',
      message: /did not answer within 0.05 s.*MLFLOW_TRACKING_URI/,
    })
  })
  t.test('a server that is not there', async (t) => {
    await fake.stop()
    await t.rejects(new MlflowClient({ trackingUri }).findOrCreateExperiment('x'), {
      code: 'ERR_MLFLOW',
      message:
        /^The MLflow server at http\S+ cannot be reached \(\w+\)\. Is it running\? MLFLOW_TRACKING_URI names it\.$/,
    })
  })
})

t.test('a refusal carries the words of the server', async (t) => {
  const { fake, trackingUri } = await startFake(t)
  fake.refuses = true
  const client = new MlflowClient({ trackingUri })
  await t.rejects(client.findOrCreateExperiment('x'), {
    code: 'ERR_MLFLOW',
    message: `The MLflow server at ${trackingUri} refused experiments/get-by-name: not today`,
  })
})
