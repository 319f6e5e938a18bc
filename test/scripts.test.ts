/** The Python programs in scripts/, as a person runs them, on small checkpoints with random weights. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { access, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import t, { type Test } from 'tap'
import { optimumM2m100Importer } from '../src/stages/translate/m2m100/import-optimum.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const python = join(root, 'scripts/.venv/bin/python3')
const skip =
  !existsSync(python) &&
  'no Python environment; to make one: python3 -m venv scripts/.venv && scripts/.venv/bin/pip install -r scripts/requirements.txt'

const folder = await mkdtemp(join(tmpdir(), 'scripts-test-'))
t.teardown(() => rm(folder, { recursive: true }))
const checkpoint = (name: string) => join(folder, 'checkpoints', name)
const model = (name: string) => join(folder, 'models', name)

interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs Python; a path argument is relative to the repository. */
async function run(...args: string[]): Promise<Result> {
  const child = spawn(python, args, {
    cwd: root,
    // On models this small, threads only wait for one another.
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
  })
  const code = once(child, 'close').then(([code]) => code as number | null)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, stdout, stderr }
}

const exportToOnnx = (kind: string, ...args: string[]) => run('scripts/export_to_onnx.py', kind, ...args)
const quantize = (...args: string[]) => run('scripts/quantize_models.py', ...args)

/** The command fails with this exit code and one line, without a traceback. */
async function failsWith(t: Test, result: Promise<Result>, code: number, message: RegExp): Promise<void> {
  const { code: actual, stderr } = await result
  t.equal(actual, code, stderr)
  t.match(stderr, message)
  t.equal(stderr.trimEnd().split('\n').length, 1, stderr)
}

async function filesOf(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort()
}

/** Runs a graph of `input_ids` and `attention_mask` in Node: [positions * width]. */
async function encode(path: string): Promise<Float32Array> {
  const session = await InferenceSession.create(path)
  try {
    const ids = BigInt64Array.from([5n, 17n, 99n, 42n, 2n])
    const { last_hidden_state: states } = await session.run({
      input_ids: new Tensor('int64', ids, [1, ids.length]),
      attention_mask: new Tensor(
        'int64',
        ids.map(() => 1n),
        [1, ids.length],
      ),
    })
    return states?.data as Float32Array
  } finally {
    await session.release()
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

t.test('checkpoints and models', { skip, timeout: 240_000 }, async (t) => {
  const made = await run('scripts/tests/make_checkpoints.py', join(folder, 'checkpoints'))
  t.equal(made.code, 0, made.stderr)

  t.test('M2M100 in the layout of optimum', async (t) => {
    const args = ['--checkpoint', checkpoint('m2m100'), '--out', model('m2m100')]
    const { code, stdout, stderr } = await exportToOnnx('m2m100', ...args)
    t.equal(code, 0, stderr)
    t.match(stdout, /logits, with the cache: greatest difference \d\.\de-\d\d/)
    t.match(stdout, /greedy ids with the cache: equal/)
    t.strictSame(await filesOf(model('m2m100')), [
      'added_tokens.json',
      'config.json',
      'generation_config.json',
      'onnx/decoder_model_merged.onnx',
      'onnx/encoder_model.onnx',
      'sentencepiece.bpe.model',
      'vocab.json',
    ])
  })

  t.test('Whisper in the layout of optimum', async (t) => {
    const args = ['--checkpoint', checkpoint('whisper'), '--out', model('whisper')]
    const { code, stdout, stderr } = await exportToOnnx('whisper', ...args)
    t.equal(code, 0, stderr)
    t.match(stdout, /greedy ids without the cache: equal/)
    t.strictSame(await filesOf(model('whisper')), [
      'config.json',
      'generation_config.json',
      'onnx/decoder_model_merged.onnx',
      'onnx/encoder_model.onnx',
      'preprocessor_config.json',
      'tokenizer.json',
    ])
  })

  t.test('FastSpeech2 with HiFi-GAN is a whole voice', async (t) => {
    const args = ['--vocoder', checkpoint('hifigan-original'), '--language', 'pt-BR', '--out', model('voice')]
    const result = await exportToOnnx(
      'fastspeech2',
      '--checkpoint',
      checkpoint('fastspeech2-speakers'),
      ...args,
    )
    t.equal(result.code, 0, result.stderr)
    t.strictSame(await filesOf(model('voice')), [
      'acoustic.onnx',
      'tokens.txt',
      'vocoder.json',
      'vocoder.onnx',
      'voice.json',
    ])
    const voice = JSON.parse(await readFile(join(model('voice'), 'voice.json'), 'utf8'))
    t.match(voice, { language: 'pt-BR', sample_rate: 22050, hop_length: 256, n_mels: 80, speakers: 3 })
    t.match(await readFile(join(model('voice'), 'tokens.txt'), 'utf8'), /^<blank> 0\n<unk> 1\nP2 2\n/)
    const acoustic = await InferenceSession.create(join(model('voice'), 'acoustic.onnx'))
    t.strictSame(acoustic.inputNames, ['input_ids', 'speed', 'speaker_id'])
    t.strictSame(acoustic.outputNames, ['mel', 'durations', 'pitch', 'energy'])
    await acoustic.release()
  })

  t.test('HiFi-GAN of the kind of V3', async (t) => {
    const args = ['--checkpoint', checkpoint('hifigan-v3'), '--out', model('hifigan')]
    const { code, stdout, stderr } = await exportToOnnx('hifigan', ...args)
    t.equal(code, 0, stderr)
    t.match(stdout, /audio: greatest difference/)
    const vocoder = await InferenceSession.create(join(model('hifigan'), 'vocoder.onnx'))
    const { audio } = await vocoder.run({ mel: new Tensor('float32', new Float32Array(80 * 9), [1, 80, 9]) })
    t.strictSame(audio?.dims, [1, 1, 9 * 256])
    await vocoder.release()
  })

  t.test('each model in each format, loaded by Node', async (t) => {
    const formats = ['int8', 'int8-weights', 'int4', 'fp16']
    for (const name of ['m2m100', 'whisper', 'voice']) {
      const { code, stdout, stderr } = await quantize('--in', model(name), '--format', ...formats)
      t.equal(code, 0, stderr)
      t.match(stdout, /_fp16\.onnx +\d+\.\d MB +\d+\.\d MB +[01]\.\d{5}/)
      const graphs = (await filesOf(model(name))).filter((file) => file.endsWith('.onnx'))
      // Four variants of each graph, but only fp16 of a vocoder.
      t.equal(graphs.length, name === 'voice' ? 7 : 10, graphs.join(' '))
      for (const file of graphs) {
        await (await InferenceSession.create(join(model(name), file))).release()
      }
    }
    const encoder = (suffix: string) => encode(join(model('m2m100'), 'onnx', `encoder_model${suffix}.onnx`))
    const original = await encoder('')
    for (const suffix of ['_quantized', '_int8', '_q4', '_fp16']) {
      t.ok(cosine(await encoder(suffix), original) > 0.95, suffix)
    }
  })

  t.test('Voxbridge imports what was exported and quantised', async (t) => {
    const installed = join(folder, 'installed')
    for (const precision of ['fp32', 'int8', 'fp16']) {
      const targetDir = join(installed, precision)
      await mkdir(targetDir, { recursive: true })
      await optimumM2m100Importer.run(model('m2m100'), targetDir, { settings: { precision } })
      t.match(await filesOf(targetDir), ['decoder.onnx', 'encoder.onnx', 'model.json'])
    }
  })

  t.test('a new folder is a whole model', async (t) => {
    const out = model('voice-fp16')
    t.equal((await quantize('--in', model('voice'), '--out', out, '--format', 'int8')).code, 0)
    t.strictSame(await filesOf(out), [
      'acoustic_quantized.onnx',
      'tokens.txt',
      'vocoder.json',
      'vocoder.onnx',
      'voice.json',
    ])
    const voice = JSON.parse(await readFile(join(out, 'voice.json'), 'utf8'))
    t.strictSame(Object.keys(voice.sha256), ['acoustic_quantized.onnx', 'vocoder.onnx'])
  })

  t.test('what cannot be exported is told in a line', async (t) => {
    const damaged = checkpoint('damaged')
    await cp(checkpoint('m2m100'), damaged, { recursive: true })
    await truncate(join(damaged, 'model.safetensors'), 3000)
    const out = model('none')
    const m2m100 = (dir: string) => exportToOnnx('m2m100', '--checkpoint', dir, '--out', out)
    await failsWith(t, m2m100(checkpoint('nowhere')), 2, /nowhere: no such folder/)
    await failsWith(t, m2m100(checkpoint('whisper')), 2, /is a checkpoint of whisper, not of m2m_100/)
    await failsWith(t, m2m100(damaged), 2, /the weights cannot be read/)
    await rm(join(damaged, 'sentencepiece.bpe.model'))
    await failsWith(t, m2m100(damaged), 2, /has no sentencepiece\.bpe\.model/)
    const existing = ['--checkpoint', checkpoint('hifigan'), '--out', model('hifigan')]
    await failsWith(t, exportToOnnx('hifigan', ...existing), 2, /exists already.*--force/)
    await t.rejects(access(out))
  })

  t.test('what cannot be quantised is told in a line', async (t) => {
    await failsWith(t, quantize('--in', folder, '--format', 'int8'), 2, /holds no encoder_model\.onnx/)
    await failsWith(t, quantize('--in', model('whisper'), '--format', 'int8'), 2, /exists already.*--force/)
    await cp(model('hifigan'), model('damaged'), { recursive: true })
    await truncate(join(model('damaged'), 'vocoder.onnx'), 3000)
    const damaged = quantize('--in', model('damaged'), '--format', 'fp16')
    await failsWith(t, damaged, 2, /vocoder\.onnx does not run/)
    const vocoder = ['--in', model('hifigan'), '--out', model('none'), '--format', 'int4']
    await failsWith(t, quantize(...vocoder), 2, /no graph has matrix products/)
    await t.rejects(access(model('none')))
  })

  t.test('without a GPU there are no TensorRT engines', async (t) => {
    const args = ['--in', model('hifigan'), '--cache', model('engines')]
    await failsWith(t, run('scripts/convert_to_tensorrt.py', ...args), 2, /no NVIDIA GPU.*onnxruntime-gpu/)
    await t.rejects(access(model('engines')))
  })

  t.test('unit tests in Python', async (t) => {
    const discover = ['--start-directory', 'scripts/tests', '--top-level-directory', 'scripts']
    const { code, stderr } = await run('-m', 'unittest', 'discover', ...discover)
    t.equal(code, 0, stderr)
    t.match(stderr, /Ran \d\d tests/)
  })
})

t.test('--help has examples', { skip }, async (t) => {
  for (const name of ['export_to_onnx', 'quantize_models', 'convert_to_tensorrt']) {
    const { code, stdout } = await run(`scripts/${name}.py`, '--help')
    t.equal(code, 0)
    t.match(stdout, /examples:\n {2}/)
  }
})
