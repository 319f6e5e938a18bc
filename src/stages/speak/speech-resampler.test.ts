import t from 'tap'
import { joinSamples } from '../../pipeline/join-samples.ts'
import { outputRateHz } from './pcm.ts'
import { type SpeechResampler, createSpeechResampler } from './speech-resampler.ts'

const toneHz = 1000

function tone(rateHz: number, seconds: number): Float32Array {
  return Float32Array.from({ length: Math.round(rateHz * seconds) }, (_, index) =>
    Math.sin((2 * Math.PI * toneHz * index) / rateHz),
  )
}

async function resample(resampler: SpeechResampler, pieces: Iterable<Float32Array>): Promise<Float32Array> {
  const blocks: Float32Array[] = []
  for await (const block of resampler.resample(pieces)) blocks.push(block)
  return joinSamples(blocks)
}

function largestDifference(left: Float32Array, right: Float32Array): number {
  return left.reduce((worst, sample, index) => Math.max(worst, Math.abs(sample - right[index]!)), 0)
}

function* cut(samples: Float32Array, lengths: readonly number[]): Generator<Float32Array> {
  let start = 0
  for (let piece = 0; start < samples.length; piece++) {
    const end = start + lengths[piece % lengths.length]!
    yield samples.subarray(start, end)
    start = end
  }
}

t.test('a tone stays that tone, to the end of a long clip', async (t) => {
  for (const rateHz of [22_050, 16_000, 44_100]) {
    const resampler = await createSpeechResampler(rateHz)
    for (const seconds of [0.5, 65.3]) {
      const resampled = await resample(resampler, [tone(rateHz, seconds)])
      const expected = tone(outputRateHz, seconds)
      t.equal(resampled.length, expected.length)
      // The clip begins and ends in full swing, which no filter can follow.
      const edge = 0.02 * outputRateHz
      const worst = largestDifference(resampled.subarray(edge, -edge), expected.subarray(edge, -edge))
      t.ok(worst < 1e-3, `${rateHz} Hz, ${seconds} s: off by ${worst}`)
    }
    t.equal((await resample(resampler, [])).length, 0)
    resampler.close()
  }
})

t.test('pieces give what the whole gives', async (t) => {
  const resampler = await createSpeechResampler(22_050)
  const clip = tone(22_050, 1.37)
  const whole = await resample(resampler, [clip])
  for (const lengths of [[1], [100, 3000], [12_345]]) {
    const joined = await resample(resampler, cut(clip, lengths))
    t.equal(joined.length, whole.length)
    t.ok(largestDifference(joined, whole) < 1e-5, String(largestDifference(joined, whole)))
  }
  resampler.close()
})

t.test('speech of the right rate passes as it is', async (t) => {
  const resampler = await createSpeechResampler(outputRateHz)
  const clip = tone(outputRateHz, 0.1)
  t.same(await resample(resampler, [clip]), clip)
  resampler.close()
})
