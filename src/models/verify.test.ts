import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { listFiles } from './verify.ts'

t.test('the files of a folder, and those that its links lead to', async (t) => {
  const dir = t.testdir({ b: 'b', folder: { a: 'a' }, elsewhere: {} })
  symlinkSync('../b', join(dir, 'folder/link'))
  symlinkSync('../nothing', join(dir, 'folder/broken'))
  symlinkSync('folder', join(dir, 'link-to-folder'))
  t.same(await listFiles(dir), ['b', 'folder/a', 'folder/link'])
})
