import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { fixtureVoice } from '../../../../test/fixtures/fastspeech2/voice.ts'
import { hifiganImporter } from '../hifigan/importer.ts'
import type { SynthesizeRequest } from '../synthesizer.ts'
import { fastspeech2Importer } from './importer.ts'
import { engineModule } from './index.ts'

type VoiceEngine = Awaited<ReturnType<typeof engineModule.load>>

const text = 'Você poderia me dizer onde fica a farmácia mais próxima, por favor?'
const load = (...modelDirs: string[]): Promise<VoiceEngine> => engineModule.load({ modelDirs, threads: 1 })

async function install(
  dir: string,
  source = fixtureVoice,
  settings: Record<string, string> = {},
): Promise<string> {
  await mkdir(dir)
  await fastspeech2Importer.run(source, dir, { settings })
  return dir
}

async function editJson(path: string, fields: Record<string, unknown>): Promise<void> {
  const description = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(path, JSON.stringify({ ...description, ...fields }))
}

const root = t.testdir({})
const installed = await install(join(root, 'installed'))
const engine = await load(installed)
t.teardown(() => engine.close())

async function speak(
  request: Partial<SynthesizeRequest>,
  signal = { aborted: false },
): Promise<Float32Array[]> {
  const chunks: Float32Array[] = []
  for await (const { samples } of engine.run({ text, language: 'pt', ...request }, { signal })) {
    chunks.push(samples)
  }
  return chunks
}

const seconds = (chunks: readonly Float32Array[]): number =>
  chunks.reduce((sum, { length }) => sum + length, 0) / engine.info.sampleRate

t.test('what it can do', async (t) => {
  t.same(engine.info, {
    voices: [{ id: 'fastspeech2-pt', language: 'pt', engine: 'fastspeech2' }],
    sampleRate: 24_000,
  })
  t.match(JSON.parse(await readFile(join(installed, 'model.json'), 'utf8')), { precision: 'fp32' })
})

t.test('the first audio is a fifth of a second, the rest comes behind it', async (t) => {
  const [first = new Float32Array(), ...others] = await speak({})
  t.ok(first.length > 0 && first.length <= 0.2 * 24_000, `${first.length} samples`)
  t.ok(others.length > 2)
  const lead = first.findIndex((sample) => Math.abs(sample) > 0.005)
  t.ok(lead >= 0 && lead < 0.05 * 24_000, `${lead} samples of silence before`)
  t.ok([first, ...others].every((samples) => samples.every(Number.isFinite)))
})

t.test('speed', async (t) => {
  const [slow, normal, fast] = [
    seconds(await speak({ speed: 0.5 })),
    seconds(await speak({})),
    seconds(await speak({ speed: 2 })),
  ]
  t.ok(
    Math.abs(slow / normal - 2) < 0.2 && Math.abs(normal / fast - 2) < 0.2,
    `${slow}, ${normal}, ${fast} s`,
  )
})

t.test('nothing to say is no error', async (t) => {
  for (const text of ['', '🙂', '?!']) t.same(await speak({ text }), [])
})

t.test('a cancelled request ends with the piece that is being made', async (t) => {
  const signal = { aborted: false }
  let pieces = 0
  for await (const { samples } of engine.run({ text, language: 'pt' }, { signal })) {
    pieces += samples.length > 0 ? 1 : 0
    signal.aborted = true
  }
  t.equal(pieces, 1)
  t.same(await speak({}, { aborted: true }), [])
})

t.test('a voice without a vocoder takes one that stands by itself', async (t) => {
  const dir = t.testdir({ source: {}, vocoder: {} })
  const [source, vocoder] = [join(dir, 'source'), join(dir, 'vocoder')]
  await cp(fixtureVoice, source, { recursive: true })
  t.equal(fastspeech2Importer.detect(await readdir(source)), true)
  t.equal(hifiganImporter.detect(await readdir(source)), false)
  for (const file of ['acoustic.onnx', 'voice.json', 'tokens.txt']) await rm(join(source, file))
  t.equal(fastspeech2Importer.detect(await readdir(source)), false)
  t.equal(hifiganImporter.detect(await readdir(source)), true)
  await hifiganImporter.run(source, vocoder, { settings: {} })

  const alone = await install(join(dir, 'alone'), fixtureVoice, { id: 'ana' })
  for (const file of ['vocoder.onnx', 'vocoder.json']) await rm(join(alone, file))
  await t.rejects(load(alone), { code: 'ERR_MODEL_MISSING', message: /alone .* HIFIGAN_MODEL/ })
  await t.rejects(load(vocoder), { code: 'ERR_CONFIG', message: /vocoder is a vocoder: TTS_MODEL/ })
  await t.rejects(load(alone, vocoder, vocoder), { code: 'ERR_CONFIG', message: /one vocoder/ })
  const together = await load(alone, vocoder)
  t.match(together.info.voices, [{ id: 'ana' }])
  const chunks = []
  const options = { signal: { aborted: false } }
  for await (const { samples } of together.run({ text, language: 'pt' }, options)) chunks.push(samples)
  await together.close()
  t.same(chunks, await speak({}))

  await editJson(join(vocoder, 'vocoder.json'), { sample_rate: 24_000, n_mels: 80 })
  await t.rejects(load(alone, vocoder), {
    code: 'ERR_MODEL_FORMAT',
    message:
      /^the voice alone and the vocoder vocoder .* a sample rate of 22050 and of 24000 Hz, a mel of 20 and of 80 bins/,
  })
})

t.test('what the files do counts more than what they say', async (t) => {
  const wrong = async (fields: Record<string, unknown>): Promise<string> => {
    const dir = await install(join(t.testdir({}), 'voice'))
    for (const file of ['voice.json', 'vocoder.json']) await editJson(join(dir, file), fields)
    return dir
  }
  await t.rejects(load(await wrong({ hop_length: 300 })), {
    code: 'ERR_MODEL_FORMAT',
    message: /at a hop of 300 it should be/,
  })
  await t.rejects(load(await wrong({ n_mels: 80 })), {
    code: 'ERR_MODEL_FORMAT',
    message: /has mels of 20, not of 80 bins/,
  })
})

t.test('what cannot be imported is named', async (t) => {
  const refuses = async (
    change: (dir: string) => Promise<void>,
    message: RegExp,
    settings: Record<string, string> = {},
  ): Promise<void> => {
    const dir = t.testdir({ target: {} })
    const source = join(dir, 'source')
    await cp(fixtureVoice, source, { recursive: true })
    await change(source)
    await t.rejects(fastspeech2Importer.run(source, join(dir, 'target'), { settings }), { message })
  }
  const json = (file: string, fields: Record<string, unknown>) => (dir: string) =>
    editJson(join(dir, file), fields)
  await refuses(
    json('voice.json', { sample_rate: '22050' }),
    /voice.json.sample_rate should be a whole number/,
  )
  await refuses(
    json('voice.json', { phonemizer: 'onnx' }),
    /phonemizer is onnx, supported are g2p_en and espeak:VOICE/,
  )
  await refuses(
    json('voice.json', { language: 'Portuguese' }),
    /language should be a language like pt or pt-BR/,
  )
  await refuses(json('vocoder.json', { hop_length: 300 }), /a hop of 256 and of 300 samples/)
  await refuses((dir) => writeFile(join(dir, 'tokens.txt'), 'a 1\nb\n'), /tokens.txt, line 2/)
  await refuses((dir) => rm(join(dir, 'tokens.txt')), /expected tokens.txt/)
  await refuses((dir) => writeFile(join(dir, 'voice.json'), '{'), /voice.json is no JSON/)
  await refuses(
    async () => {},
    /expected acoustic_fp16.onnx .*quantize_models.py, or import precision=fp32$/,
    { precision: 'fp16' },
  )
  await refuses(async () => {}, /precision is one of int8, .*not fp64/, { precision: 'fp64' })
})

t.test('graphs of another precision', async (t) => {
  const dir = t.testdir({})
  const source = join(dir, 'source')
  await cp(fixtureVoice, source, { recursive: true })
  for (const file of ['acoustic_fp16', 'acoustic_quantized', 'vocoder_fp16']) {
    const [graph] = file.split('_')
    await cp(join(source, `${graph}.onnx`), join(source, `${file}.onnx`))
  }
  for (const precision of ['fp16', 'int8']) {
    const installed = await install(join(dir, precision), source, { precision })
    t.match(JSON.parse(await readFile(join(installed, 'model.json'), 'utf8')), { precision })
    await (await load(installed)).close()
  }
  await t.rejects(hifiganImporter.run(source, dir, { settings: { precision: 'int8' } }), {
    code: 'ERR_BAD_REQUEST',
    message: 'precision is one of fp16, fp32, not int8',
  })
})

t.test('several speakers are several voices', async (t) => {
  const dir = t.testdir({})
  const source = join(dir, 'source')
  await cp(fixtureVoice, source, { recursive: true })
  await editJson(join(source, 'voice.json'), { speakers: 2, id: 'duo' })
  const installed = await install(join(dir, 'installed'), source)
  t.match(JSON.parse(await readFile(join(installed, 'model.json'), 'utf8')), {
    voices: [{ id: 'duo-0' }, { id: 'duo-1' }],
  })
})
