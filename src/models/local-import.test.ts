import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { modelDir } from '../../test/models.ts'
import { installedModels } from './installed.ts'
import { importFolder } from './local-import.ts'
import type { LockedModel, ModelLock } from './lock.ts'
import { formatModelTable } from './model-table.ts'
import { prunableModels, removeModels } from './prune.ts'

const description = (engine: string): string => JSON.stringify({ engine })

function locked(role: LockedModel['role'], engine: string): LockedModel {
  const files = [{ path: 'model.json', bytes: 2_000_000, sha256: '' }]
  const importer = { format: 'copy', settings: {} }
  const license = { spdx: 'MIT', note: 'Ours.' }
  return { description: '', role, engine, languages: ['en'], license, importer, sources: [], files }
}

const lock: ModelLock = {
  version: 1,
  models: {
    silero: locked('vad', 'silero'),
    'marian-en-pt': locked('translator', 'marian'),
    'other-en-pt': locked('translator', 'other'),
    hibari: locked('voice', 'hibari'),
  },
}

const folders = {
  hibari: { 'model.json': description('hibari') },
  'marian-de-en': { 'model.json': description('marian'), 'local-import.json': '{}' },
  old: { 'model.json': description('old') },
  photos: { 'cat.jpg': 'meow' },
  '.staging': { 'model.json': description('half') },
}

t.test('list and prune know what belongs to whom', async (t) => {
  const dir = t.testdir(folders)
  const installed = await installedModels(dir)
  t.same(
    installed.map(({ name, engine, local }) => [name, engine, local]),
    [
      ['hibari', 'hibari', false],
      ['marian-de-en', 'marian', true],
      ['old', 'old', false],
    ],
  )
  const table = formatModelTable(lock, installed)
  t.match(table, /^hibari +hibari +en +MIT +2 +yes$/m)
  t.match(table, /^silero .* no$/m)
  t.match(table, /^marian-de-en .* yes, your own$/m)
  t.match(table, /^old .* left over$/m)

  const prunable = await prunableModels(dir, lock)
  t.same(
    prunable.map(({ name }) => name),
    ['old'],
    'neither what the user imported nor what is no model',
  )
  await removeModels(dir, prunable)
  t.same(
    (await installedModels(dir)).map(({ name }) => name),
    ['hibari', 'marian-de-en'],
  )
  t.same(await installedModels(join(dir, 'none')), [])
})

t.test('a model without a readable description is named', async (t) => {
  const dir = t.testdir({ broken: { 'model.json': '{' } })
  await t.rejects(installedModels(dir), {
    code: 'ERR_MODEL_FORMAT',
    message: /broken\/model\.json should be/,
  })
})

t.test('a folder is imported under its own name or a given one', async (t) => {
  const dir = t.testdir({ models: {}, strange: { 'a.txt': '' } })
  const modelsDir = join(dir, 'models')
  const options = { modelsDir, settings: { source: 'en', target: 'pt' } }
  await t.rejects(importFolder(join(dir, 'none'), options), { message: /none should be a folder/ })
  await t.rejects(importFolder(join(dir, 'strange'), { ...options, name: 'Two Words' }), {
    code: 'ERR_BAD_REQUEST',
    message: /lower-case.*--name/,
  })
  await t.rejects(importFolder(join(dir, 'strange'), options), {
    code: 'ERR_MODEL_FORMAT',
    message: /no model that can be imported\. What can be: npm run models -- --help$/,
  })
  t.same(await installedModels(modelsDir), [])
})

t.test('a model of the lock file is not overwritten by an import', async (t) => {
  const dir = t.testdir({ models: { hibari: { 'model.json': description('hibari') } }, hibari: {} })
  const importing = importFolder(join(dir, 'hibari'), { modelsDir: join(dir, 'models'), settings: {} })
  await t.rejects(importing, { code: 'ERR_BAD_REQUEST', message: /--name/ })
})

t.test('hibari imports from a folder that holds its network', async (t) => {
  // The installed network has another form than the one that is published, and is told apart.
  const network = readFileSync(join(modelDir('hibari-en'), 'model.onnx'))
  const dir = t.testdir({ models: {}, voice: { 'hibari.onnx': network } })
  const importing = importFolder(join(dir, 'voice'), { modelsDir: join(dir, 'models'), settings: {} })
  await t.rejects(importing, { code: 'ERR_MODEL_FORMAT' })
  t.same(await installedModels(join(dir, 'models')), [], 'nothing half imported is left')
})
