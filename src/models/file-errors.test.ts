import t from 'tap'
import { explainDiskError } from './file-errors.ts'
import { checkFreeSpace } from './staging.ts'

const problems = [
  ['ENOSPC', /^The disk of \/models is full: free some space\. Or set MODELS_DIR/],
  ['EDQUOT', /quota for \/models is used up/],
  ['EACCES', /No permission to write to \/models/],
  ['EROFS', /\/models is on a read-only disk/],
] as const
for (const [code, message] of problems) {
  t.test(`${code} in words`, async (t) => {
    const error = Object.assign(new Error(`${code}: no, write`), { code })
    t.match(explainDiskError(error, '/models'), { code: 'ERR_DISK', message })
  })
}

t.test('other errors stay as they are', async (t) => {
  const error = new Error('something else')
  t.equal(explainDiskError(error, '/models'), error)
})

t.test('what does not fit is not begun', async (t) => {
  const message = /The models need \d+ MB in .*, and \d+ MB are free: free some space, or set MODELS_DIR/
  await t.rejects(checkFreeSpace(t.testdir({}), 1e18), { code: 'ERR_DISK', message })
})
