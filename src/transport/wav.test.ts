import t from 'tap'
import wavefile from 'wavefile'
import { encodeWav, openWav } from './wav.ts'

const wave = Float64Array.from({ length: 400 }, (_, i) => 0.8 * Math.sin(i / 7))

/** A file by another writer than ours. */
function writeWav(bitDepth: string, rateHz = 16000, channels = 1): Uint8Array {
  const wav = new wavefile.WaveFile()
  const scale = bitDepth === '32f' || bitDepth === '64' ? 1 : 32767
  const samples = Array.from({ length: channels }, () => [...wave].map((sample) => sample * scale))
  const [first] = samples
  wav.fromScratch(channels, rateHz, scale === 1 ? bitDepth : '16', channels === 1 ? (first ?? []) : samples)
  if (bitDepth === '8a') wav.toALaw()
  else if (bitDepth === '8m') wav.toMuLaw()
  else if (scale !== 1 && bitDepth !== '16') wav.toBitDepth(bitDepth)
  return wav.toBuffer()
}

const encodings: readonly (readonly [string, number])[] = [
  ['8', 0.02],
  ['16', 0.0001],
  ['24', 0.0001],
  ['32', 0.0001],
  ['32f', 0.0001],
  ['64', 0.0001],
  ['8a', 0.03],
  ['8m', 0.03],
]
for (const [bitDepth, tolerance] of encodings) {
  t.test(`encoding ${bitDepth}`, async (t) => {
    const wav = openWav(writeWav(bitDepth))
    t.equal(wav.rateHz, 16000)
    t.equal(wav.length, wave.length)
    const samples = wav.read(0, wave.length)
    const worst = samples.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (wave[i] ?? 0))), 0)
    t.ok(worst < tolerance, `${worst}`)
  })
}

t.test('channels are mixed, pieces can be read', async (t) => {
  const wav = openWav(writeWav('16', 48000, 2))
  t.equal(wav.rateHz, 48000)
  const samples = wav.read(100, 50)
  t.equal(samples.length, 50)
  t.ok(Math.abs((samples[0] ?? 0) - (wave[100] ?? 0)) < 0.0001)
  t.equal(wav.read(390, 50).length, 10)
  t.equal(wav.read(1000, 50).length, 0)
})

t.test('what is written can be read', async (t) => {
  const pcm = Int16Array.of(0, 32767, -32768, 1000)
  const bytes = encodeWav(pcm, 24000)
  const wav = openWav(bytes)
  t.equal(wav.rateHz, 24000)
  t.same([...wav.read(0, 4)], [0, 32767 / 32768, -1, 1000 / 32768])
  t.same([...new wavefile.WaveFile(bytes).getSamples(true, Int16Array)], [...pcm])
})

t.test('a stream whose length was not known is read to its end', async (t) => {
  const bytes = encodeWav(new Int16Array(100), 16000)
  new DataView(bytes.buffer).setUint32(40, 0xffffffff, true)
  t.equal(openWav(bytes).length, 100)
})

t.test('a sample that is no number counts as silence', async (t) => {
  const bytes = writeWav('32f')
  const dataStart = Buffer.from(bytes).indexOf('data') + 8
  new DataView(bytes.buffer, bytes.byteOffset).setFloat32(dataStart, NaN, true)
  t.equal(openWav(bytes).read(0, 1)[0], 0)
})

const good = encodeWav(new Int16Array(100), 16000)
const patched = (offset: number, value: number): Uint8Array => {
  const bytes = good.slice()
  new DataView(bytes.buffer).setUint16(offset, value, true)
  return bytes
}
const wrong: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['nothing', new Uint8Array(0), /not a WAV file/],
  ['text', Buffer.from('this is a text and no audio at all'), /not a WAV file/],
  ['a header alone', good.slice(0, 12), /no format chunk/],
  ['no audio', good.slice(0, 36), /no data chunk/],
  ['an unknown encoding', patched(20, 85), /encoding \(85, 16 bits\) is not known/],
  ['twelve bits', patched(34, 12), /1, 12 bits/],
  ['no channels', patched(22, 0), /0 channels/],
  ['a low rate', patched(24, 4000), /4000 Hz/],
]
for (const [name, bytes, message] of wrong) {
  t.test(`refused: ${name}`, async (t) => {
    t.throws(() => openWav(bytes), { code: 'ERR_AUDIO_FORMAT', message })
  })
}
