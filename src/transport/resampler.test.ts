import t from 'tap'
import { createResampler } from './resampler.ts'

const amplitude = 0.5

function tone(hz: number, rateHz: number, start: number, count: number): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * (start + i)) / rateHz),
  )
}

/** One second of a tone in frames of 20 ms, without the first and last 50 ms. */
async function resampleTone(hz: number, rateHz: number, frameMs = 20): Promise<Float32Array> {
  const resampler = await createResampler(rateHz)
  const frame = (rateHz * frameMs) / 1000
  const frames: Float32Array[] = []
  for (let start = 0; start < rateHz; start += frame) {
    frames.push(resampler.process(tone(hz, rateHz, start, frame)))
  }
  resampler.close()
  const whole = Float32Array.from(frames.flatMap((samples) => [...samples]))
  return whole.subarray(800, whole.length - 800)
}

function levelDb(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
  return 10 * Math.log10((2 * power) / amplitude ** 2)
}

for (const rateHz of [8000, 24000, 44100, 48000]) {
  t.test(`${rateHz} Hz: speech passes`, async (t) => {
    for (const hz of [300, 1000, 3400]) {
      const level = levelDb(await resampleTone(hz, rateHz))
      t.ok(Math.abs(level) < 0.5, `${hz} Hz: ${level.toFixed(2)} dB`)
    }
  })
}

t.test('from 48000 Hz: 7 kHz passes, what would fold back does not', async (t) => {
  const level = levelDb(await resampleTone(7000, 48000))
  t.ok(Math.abs(level) < 0.5, `7000 Hz: ${level.toFixed(2)} dB`)
  for (const hz of [8500, 9000, 12000, 15000]) {
    const folded = levelDb(await resampleTone(hz, 48000))
    t.ok(folded < -90, `${hz} Hz: ${folded.toFixed(1)} dB`)
  }
})

t.test('frames join without clicks', async (t) => {
  const samples = await resampleTone(1000, 48000, 10)
  // The second difference of a sine is the sine times 4 sin²(w/2); a click would stand out.
  const largest = amplitude * 4 * Math.sin((Math.PI * 1000) / 16000) ** 2
  let worst = 0
  for (let i = 2; i < samples.length; i++) {
    const [a = 0, b = 0, c = 0] = samples.subarray(i - 2, i + 1)
    worst = Math.max(worst, Math.abs(a - 2 * b + c))
  }
  t.ok(worst < largest * 1.02, `${worst} of ${largest}`)
})

t.test('every result is its own', async (t) => {
  const resampler = await createResampler(48000)
  resampler.process(tone(1000, 48000, 0, 4800))
  const first = resampler.process(tone(1000, 48000, 4800, 4800))
  const copy = first.slice()
  resampler.process(new Float32Array(4800))
  t.same(first, copy)
  t.equal(resampler.process(new Float32Array(0)).length, 0)
  resampler.close()
})

t.test('16000 Hz is left as it is', async (t) => {
  const samples = tone(1000, 16000, 0, 320)
  t.equal((await createResampler(16000)).process(samples), samples)
})
