import t from 'tap'
import { LogMel, sampleRateHz } from './features.ts'

/** A tone that rises from 100 Hz to 3.1 kHz in one second. */
function risingTone(): Float32Array {
  return Float32Array.from({ length: sampleRateHz }, (_, index) => {
    const seconds = index / sampleRateHz
    return 0.5 * Math.sin(2 * Math.PI * (100 * seconds + 1500 * seconds ** 2))
  })
}

/** Computed in float64 with numpy.fft.rfft and librosa's filters, as openai/whisper does it. */
const expected = {
  80: {
    mean: -0.454621,
    values: [
      [0, 0, 1.36654],
      [5, 3, 1.35613],
      [20, 40, -0.45354],
      [40, 60, 0.38036],
      [79, 99, -0.28907],
      [3, 101, -0.13336],
      [40, 150, -0.55286],
    ],
  },
  128: {
    mean: -0.413831,
    values: [
      [0, 0, 1.29078],
      [5, 3, 1.22821],
      [20, 40, -0.50112],
      [64, 60, 0.26243],
      [127, 99, -0.28984],
      [3, 101, -0.16875],
      [40, 150, -0.50112],
    ],
  },
} as const

for (const melBins of [80, 128] as const) {
  t.test(`${melBins} bins of a tone and the silence after it`, async (t) => {
    const logMel = await LogMel.create(melBins, 1)
    t.teardown(() => logMel.release())
    const mel = await logMel.compute(risingTone(), 2 * sampleRateHz)
    t.same(mel.dims, [1, melBins, 200])
    const data = mel.data as Float32Array
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length
    t.ok(Math.abs(mean - expected[melBins].mean) < 1e-4, `mean ${mean}`)
    for (const [bin, frame, value] of expected[melBins].values) {
      const actual = data[bin * 200 + frame] ?? NaN
      t.ok(Math.abs(actual - value) < 1e-3, `bin ${bin}, frame ${frame}: ${actual}`)
    }
  })
}
