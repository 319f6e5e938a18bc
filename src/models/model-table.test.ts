import t from 'tap'
import { parseLock } from './lock.ts'
import { formatModelTable } from './model-table.ts'

const sha256 = 'a'.repeat(64)
const entry = {
  description: 'For tests',
  role: 'voice',
  engine: 'e',
  languages: ['en', 'pt'],
  license: { spdx: 'MIT', note: 'Ours.' },
  importer: { format: 'copy', settings: {} },
  sources: [{ kind: 'hub', repository: 'owner/name', revision: 'main', files: [{ path: 'a', as: 'a' }] }],
  files: [],
}
const locked = { ...entry, files: [{ path: 'a', bytes: 3e6, sha256 }] }
const lock = parseLock({
  version: 1,
  models: { here: locked, missing: locked, unpinned: entry, unknown: entry },
})
const installed = (name: string, local = false) => ({ name, engine: 'e', local, bytes: 5e6 })

t.test('what is in the lock file, then what else is installed', async (t) => {
  const models = [installed('here'), installed('unpinned'), installed('mine', true), installed('old')]
  t.same(formatModelTable(lock, models).split('\n'), [
    'MODEL     ENGINE  LANGUAGES  LICENCE  MB  INSTALLED',
    'here      e       en pt      MIT      3   yes',
    'missing   e       en pt      MIT      3   no',
    'unpinned  e       en pt      MIT      5   yes, not pinned',
    'unknown   e       en pt      MIT      ?   no',
    'mine      e                           5   yes, your own',
    'old       e                           5   left over',
    '',
  ])
})
