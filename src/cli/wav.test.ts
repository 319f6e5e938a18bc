import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { encodeWav } from '../transport/wav.ts'
import { readWav, writeWav } from './wav.ts'

t.test('files', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'wav-test-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'sound.wav')

  t.test('what is written is read back', async (t) => {
    const pcm = Int16Array.of(0, 100, -100, 12345, -12345)
    await writeWav(path, { pcm, sampleRate: 24000 })
    const read = await readWav(path)
    t.equal(read.sampleRate, 24000)
    t.equal(read.pcm.length, 5)
    for (const [index, sample] of read.pcm.entries()) t.ok(Math.abs(sample - (pcm[index] ?? NaN)) <= 1)
  })

  t.test('a rate that the protocol does not take becomes 16 kHz', async (t) => {
    const tone = Int16Array.from(
      { length: 96000 },
      (_, index) => 10000 * Math.sin((2 * Math.PI * 440 * index) / 96000),
    )
    await writeWav(path, { pcm: tone, sampleRate: 96000 })
    const { pcm, sampleRate } = await readWav(path)
    t.equal(sampleRate, 16000)
    t.ok(Math.abs(pcm.length - 16000) < 100)
    const crossings = pcm.filter((sample, index) => sample >= 0 && (pcm[index - 1] ?? 0) < 0).length
    t.ok(Math.abs(crossings - 440) <= 3, 'and keeps its pitch')
  })

  t.test('what is no WAV file is refused in words that name it', async (t) => {
    const absent = join(folder, 'absent.wav')
    await t.rejects(readWav(absent), {
      code: 'ERR_AUDIO_FORMAT',
      message: `${absent}: there is no such file`,
    })
    await writeFile(path, 'this is no sound at all, whatever its name says')
    await t.rejects(readWav(path), { code: 'ERR_AUDIO_FORMAT', message: /sound\.wav: .*WAV file/ })
    await writeFile(path, encodeWav(new Int16Array(0), 16000))
    await t.rejects(readWav(path), { code: 'ERR_AUDIO_FORMAT', message: /no audio/ })
    await t.rejects(readWav(folder), { code: 'ERR_AUDIO_FORMAT' })
  })
})
