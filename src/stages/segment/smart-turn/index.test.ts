import t from 'tap'
import { modelDir } from '../../../../test/models.ts'
import { readSpeech } from '../../../../test/speech.ts'
import { engineModule } from './index.ts'

const engine = await engineModule.load({ modelDirs: [modelDir('smart-turn')], threads: 1 })
t.teardown(() => engine.close())

async function judge(samples: Float32Array): Promise<number> {
  for await (const { probability } of engine.run({ samples }, { signal: { aborted: false } }))
    return probability
  return NaN
}

void t.test('a whole sentence sounds finished, the beginning of one does not', async (t) => {
  const sentence = readSpeech('vm-rec-name.wav')
  const whole = await judge(sentence)
  t.ok(whole > 0.5, `whole: ${whole}`)
  const part = await judge(sentence.slice(0, sentence.length * 0.35))
  t.ok(part < 0.5, `part: ${part}`)
})

void t.test('the last eight seconds count, silence before short audio does not', async (t) => {
  const sentence = readSpeech('vm-rec-name.wav')
  const alone = await judge(sentence)
  const padded = new Float32Array(128_000)
  padded.set(sentence, padded.length - sentence.length)
  t.equal(await judge(padded), alone)
  const long = new Float32Array(200_000).fill(0.3)
  long.set(padded, long.length - padded.length)
  t.equal(await judge(long), alone)
})

void t.test('silence and an empty piece have an answer', async (t) => {
  for (const samples of [new Float32Array(16_000), new Float32Array(0)]) {
    const probability = await judge(samples)
    t.ok(probability >= 0 && probability <= 1)
  }
})

void t.test('one model at a time', async (t) => {
  await t.rejects(engineModule.load({ modelDirs: [], threads: 1 }), { code: 'ERR_ENGINE' })
})
