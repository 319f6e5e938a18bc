/** A start that cannot succeed says why and ends in good order, whatever else is being loaded. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { localImportFile } from '../src/models/installed.ts'
import { modelDir } from './models.ts'
import { build, plainEnv } from './server.ts'

t.test('two translators of one pair', async (t) => {
  await build()
  const modelsDir = join(t.testdir({}), 'models')
  mkdirSync(modelsDir)
  for (const name of [
    'silero-vad',
    'smart-turn',
    'whisper-base',
    'marian-en-pt',
    'marian-pt-en',
    'hibari-en',
    'fastspeech2-pt-dora',
    'kokoro',
    'espeak-ng',
  ]) {
    symlinkSync(modelDir(name), join(modelsDir, name))
  }
  cpSync(modelDir('marian-en-pt'), join(modelsDir, 'twin'), { recursive: true })
  writeFileSync(join(modelsDir, 'twin', localImportFile), '{}')
  const { status, stderr } = spawnSync(process.execPath, ['dist/server.js'], {
    cwd: new URL('..', import.meta.url),
    env: { ...plainEnv(), PORT: '0', MODELS_DIR: modelsDir },
    encoding: 'utf8',
  })
  t.match(stderr, /^marian-en-pt and twin both translate en-pt: .*\n$/)
  t.equal(status, 1)
})
