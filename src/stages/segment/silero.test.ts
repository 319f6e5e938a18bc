import t from 'tap'
import { modelDir } from '../../../test/models.ts'
import { readSpeech } from '../../../test/speech.ts'
import { VoxbridgeError } from '../../errors.ts'
import { blockSamples, loadSilero, type VoiceStream } from './silero.ts'

const vad = await loadSilero(modelDir('silero-vad'))
t.teardown(() => vad.close())
const speech = readSpeech('vm-rec-name.wav')

async function probabilities(stream: VoiceStream, samples: Float32Array): Promise<number[]> {
  const result: number[] = []
  for (let offset = 0; offset < samples.length; offset += blockSamples) {
    result.push(await stream.probability(samples.subarray(offset, offset + blockSamples)))
  }
  return result
}

void t.test('hears speech, and neither silence nor noise', async (t) => {
  const spoken = await probabilities(vad.createStream(), speech)
  t.ok(spoken.filter((probability) => probability > 0.9).length > spoken.length / 2)
  const noise = Float32Array.from({ length: 32_000 }, (_, index) => 0.05 * Math.sin(index * index))
  for (const samples of [new Float32Array(32_000), noise]) {
    t.ok(Math.max(...(await probabilities(vad.createStream(), samples))) < 0.5)
  }
})

void t.test('channels that share the model do not disturb one another', async (t) => {
  const alone = await probabilities(vad.createStream(), speech)
  const [first, second] = [vad.createStream(), vad.createStream()]
  const [together] = await Promise.all([
    probabilities(first, speech),
    probabilities(second, speech.toReversed()),
  ])
  t.same(together, alone)
})

void t.test('a reset stream starts anew', async (t) => {
  const stream = vad.createStream()
  const first = await probabilities(stream, speech)
  stream.reset()
  t.same(await probabilities(stream, speech), first)
})

void t.test('a folder without the model is named as such', async (t) => {
  const error: unknown = await loadSilero(t.testdir({})).catch((reason: unknown) => reason)
  t.ok(error instanceof VoxbridgeError && error.code === 'ERR_MODEL_MISSING')
})
