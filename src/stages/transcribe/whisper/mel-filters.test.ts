import t from 'tap'
import { melFilters } from './mel-filters.ts'

/** Of the filters that WhisperFeatureExtractor of transformers has: their sum, and [bin, frequency, height]. */
const expected = {
  80: { sum: 1.99902411, heights: [0, 1, 0.024862594, 79, 195, 0.0022437951] },
  128: { sum: 3.19098554, heights: [0, 1, 0.012373986, 127, 195, 0.0050416017] },
} as const

for (const melBins of [80, 128] as const) {
  t.test(`${melBins} filters`, (t) => {
    const filters = melFilters(melBins, 400, 16_000)
    const { sum, heights } = expected[melBins]
    t.ok(Math.abs(filters.reduce((total, height) => total + height, 0) - sum) < 1e-5)
    for (const [bin, frequency, height] of [heights.slice(0, 3), heights.slice(3)]) {
      const found = filters[(bin ?? 0) * 201 + (frequency ?? 0)] ?? NaN
      t.ok(Math.abs(found - (height ?? NaN)) < 1e-8, `bin ${bin}: ${found}`)
    }
    t.end()
  })
}
