import t from 'tap'
import { measureSpeech } from './speech-quality.ts'

const sampleRate = 24_000

/** Silence, a tone, silence. */
function tone(silentMs: number, toneMs: number, level: number): Int16Array {
  const toSamples = (ms: number): number => (ms * sampleRate) / 1000
  const pcm = new Int16Array(toSamples(silentMs + toneMs + 200))
  for (let index = 0; index < toSamples(toneMs); index++) {
    pcm[toSamples(silentMs) + index] = Math.round(32767 * level * Math.cos((Math.PI * index) / 12))
  }
  return pcm
}

t.test('the silence before the first sound and the length of the speech', (t) => {
  const quality = measureSpeech({ pcm: tone(40, 500, 0.5), sampleRate })
  t.equal(quality.onsetMs, 40)
  t.ok(Math.abs(quality.speechSeconds - 0.5) < 0.001)
  t.equal(quality.seconds, 0.74)
  t.equal(quality.clippedSamples, 0)
  t.end()
})

t.test('a hiss at the start is no sound', (t) => {
  const pcm = tone(40, 500, 0.5).map((sample, index) => sample || (index % 2 ? 160 : -160))
  t.equal(measureSpeech({ pcm, sampleRate }).onsetMs, 40)
  t.end()
})

t.test('samples at the end of the range are counted, on both sides', (t) => {
  const quality = measureSpeech({ pcm: Int16Array.of(32767, -32768, 32740, 32700, -32700, 0), sampleRate })
  t.equal(quality.clippedSamples, 3)
  t.end()
})

t.test('where nothing is to be heard all is silence', (t) => {
  const quality = measureSpeech({ pcm: new Int16Array(sampleRate), sampleRate })
  t.match(quality, { seconds: 1, onsetMs: 1000, speechSeconds: 0, clippedSamples: 0 })
  t.end()
})
