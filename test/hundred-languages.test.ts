/** A model of a hundred languages, imported by the command and chosen by one variable; its weights are random. */
import { execFile } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { type StreamParameters, StreamClient } from '../src/cli/stream-client.ts'
import { readWav } from '../src/cli/wav.ts'
import { modelDir } from './models.ts'
import { build, plainEnv, startServer } from './server.ts'

const modelsDir = join(t.testdir({}), 'models')
await mkdir(modelsDir)
for (const name of [
  'silero-vad',
  'smart-turn',
  'whisper-base',
  'hibari-en',
  'fastspeech2-pt-dora',
  'kokoro',
  'espeak-ng',
]) {
  await symlink(modelDir(name), join(modelsDir, name))
}
const { signal } = new AbortController()
const connect = (parameters: Omit<StreamParameters, 'channelId'>): Promise<StreamClient> =>
  StreamClient.connect(url, { channelId: 'polyglot', ...parameters }, { signal })

await build()
const importing = ['dist/models/cli.js', 'import', 'test/fixtures/m2m100', '--name', 'random-m2m100']
const { stdout } = await promisify(execFile)(process.execPath, [...importing, '--set', 'precision=fp32'], {
  cwd: new URL('..', import.meta.url),
  env: { ...plainEnv(), MODELS_DIR: modelsDir },
})
t.match(stdout, 'Imported as random-m2m100')
const { url } = await startServer(t, { MODELS_DIR: modelsDir, MT_MODEL: 'random-m2m100' })

t.test('every language goes into every other', async (t) => {
  const { translate } = (await (await fetch(new URL('languages', url))).json()) as {
    translate: { src: string[]; tgt: string[]; model: string }[]
  }
  t.equal(translate.length, 1)
  t.match(translate[0], { model: 'random-m2m100' })
  for (const code of ['en', 'pt', 'sw', 'zh', 'hi', 'ar']) {
    t.ok(translate[0]?.src.includes(code) && translate[0].tgt.includes(code), code)
  }
  t.ok((translate[0]?.tgt.length ?? 0) >= 100)
  const answer = await fetch(new URL('translate', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'Good morning.', src: 'en', tgt: 'sw' }),
  })
  t.match(await answer.json(), { src: 'en', tgt: 'sw', model: 'random-m2m100', text: /./ })
})

t.test('an unsupported pair is refused, with those that are supported', async (t) => {
  const answer = await fetch(new URL('translate', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'Good morning.', src: 'en', tgt: 'tlh' }),
  })
  t.equal(answer.status, 400)
  t.match(await answer.json(), {
    error: { code: 'ERR_LANGUAGE_PAIR', message: /^en-tlh is not loaded\. .*any two of af, am, ar, .*, zu/ },
  })
  await t.rejects(connect({ src: 'en', tgt: 'tlh' }), {
    code: 'ERR_LANGUAGE_PAIR',
    message: /^en-tlh is not loaded/,
  })
})

t.test('speech becomes captions alone where no voice is wanted', async (t) => {
  const recording = await readWav('samples/hello-en.wav')
  const client = await connect({ src: 'en', tgt: 'sw', audio: false, rate: recording.sampleRate })
  t.teardown(() => client.terminate())
  client.sendAudio(recording.pcm)
  const { summary } = await client.finish({ signal })
  t.match(summary, { errors: 0 })
  const heard = client.all('transcript').filter(({ final }) => final)
  t.match(heard.map(({ text }) => text).join(' '), /please hold/i)
  const translations = client.all('translation')
  t.ok(translations.length > 0)
  for (const { language, text } of translations) t.match([language, text], ['sw', /./])
})
