/**
 * Triangular filters on Slaney's mel scale, each of area one, as librosa.filters.mel and Whisper have them
 * (M. Slaney, Auditory Toolbox, 1998): linear below 1 kHz, logarithmic above.
 *
 * @returns row-major [melBins, fftSize / 2 + 1]
 */
export function melFilters(melBins: number, fftSize: number, sampleRateHz: number): Float32Array {
  const frequencies = fftSize / 2 + 1
  const highestMel = hertzToMel(sampleRateHz / 2)
  const corners = Array.from({ length: melBins + 2 }, (_, index) =>
    melToHertz((highestMel * index) / (melBins + 1)),
  )
  const filters = new Float32Array(melBins * frequencies)
  for (let bin = 0; bin < melBins; bin++) {
    const [low = 0, centre = 0, high = 0] = corners.slice(bin, bin + 3)
    for (let index = 0; index < frequencies; index++) {
      const hertz = (index * sampleRateHz) / fftSize
      const height = Math.min((hertz - low) / (centre - low), (high - hertz) / (high - centre))
      filters[bin * frequencies + index] = (Math.max(0, height) * 2) / (high - low)
    }
  }
  return filters
}

const linearHertzPerMel = 200 / 3
const breakHertz = 1000
const breakMel = breakHertz / linearHertzPerMel
/** Natural logarithm of the frequency ratio of one mel above the break. */
const logStep = Math.log(6.4) / 27

function hertzToMel(hertz: number): number {
  return hertz < breakHertz ? hertz / linearHertzPerMel : breakMel + Math.log(hertz / breakHertz) / logStep
}

function melToHertz(mel: number): number {
  return mel < breakMel ? mel * linearHertzPerMel : breakHertz * Math.exp((mel - breakMel) * logStep)
}
