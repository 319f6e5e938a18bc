import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkDisk } from './disk.ts'

const manyBytes = 1e18

t.test('a folder that does not exist yet counts as the disk that it will be on', async (t) => {
  const finding = await checkDisk(join(t.testdir(), 'not', 'there'), 1000)
  t.match(finding, { state: 'ok', subject: 'Disk' })
})

t.test('too little room for what is to be fetched', async (t) => {
  const finding = await checkDisk(t.testdir(), manyBytes)
  t.match(finding, { state: 'failure', remedy: /MODELS_DIR/ })
})

t.test('no room is needed where all is here', async (t) => {
  t.equal((await checkDisk(t.testdir(), 0)).state, 'ok')
})

t.test(
  'a folder that cannot be written to',
  { skip: process.getuid?.() === 0 && 'root may write anywhere' },
  async (t) => {
    const dir = t.testdir()
    chmodSync(dir, 0o500)
    t.equal((await checkDisk(dir, 0)).state, 'ok', 'is good enough for models that are here')
    t.match(await checkDisk(dir, 1000), { state: 'failure', found: /cannot be written to/ })
  },
)
