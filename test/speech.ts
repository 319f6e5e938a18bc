import { readFileSync } from 'node:fs'
import wavefile from 'wavefile'

/** A recording of `test/fixtures/speech`: mono, 16 kHz, -1 to 1. */
export function readSpeech(name: string): Float32Array {
  const wav = new wavefile.WaveFile(readFileSync(new URL(`fixtures/speech/${name}`, import.meta.url)))
  wav.toBitDepth('32f')
  wav.toSampleRate(16_000)
  return Float32Array.from(wav.getSamples(true, Float64Array))
}
