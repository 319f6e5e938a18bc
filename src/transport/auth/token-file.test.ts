import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { changeTokens, createToken, hashToken, readTokens, type StoredToken } from './token-file.ts'

const { signal } = new AbortController()

function storedToken(name: string, token = createToken()): StoredToken {
  return {
    name,
    sha256: hashToken(token).toString('hex'),
    may: ['talk'],
    createdAt: '2026-01-01T00:00:00.000Z',
  }
}

t.test('a token is 256 random bits, and never the same', async (t) => {
  t.match(createToken(), /^vbx_[\w-]{43}$/)
  t.equal(new Set(Array.from({ length: 100 }, createToken)).size, 100)
})

t.test('what is kept is not the token, and for its owner alone', async (t) => {
  const path = join(t.testdir({}), 'deep/er/tokens.json')
  t.same(await readTokens(path), [], 'no file, no tokens')
  const token = createToken()
  await changeTokens(path, (tokens) => [...tokens, storedToken('a', token)], { signal })
  t.match(await readTokens(path), [{ name: 'a', may: ['talk'] }])
  t.notMatch(readFileSync(path, 'utf8'), token.slice(4))
  t.equal(statSync(path).mode & 0o777, 0o600)
})

t.test('two who change it at once do not lose each other', async (t) => {
  const path = join(t.testdir({}), 'tokens.json')
  const add = (name: string): Promise<void> =>
    changeTokens(path, (tokens) => [...tokens, storedToken(name)], { signal })
  await Promise.all(['a', 'b', 'c'].map(add))
  t.same((await readTokens(path)).map(({ name }) => name).sort(), ['a', 'b', 'c'])
})

t.test('a link that waits where we write is not followed', async (t) => {
  const dir = t.testdir({ victim: 'as it was' })
  const path = join(dir, 'tokens.json')
  symlinkSync(join(dir, 'victim'), `${path}.new`)
  await changeTokens(path, () => [storedToken('a')], { signal })
  t.equal(readFileSync(join(dir, 'victim'), 'utf8'), 'as it was')
  t.match(await readTokens(path), [{ name: 'a' }])
})

t.test('a change that fails changes nothing', async (t) => {
  const path = join(t.testdir({}), 'tokens.json')
  await changeTokens(path, () => [storedToken('a')], { signal })
  const fail = (): never => {
    throw new Error('no')
  }
  await t.rejects(changeTokens(path, fail, { signal }), { code: 'ERR_TOKEN_FILE' })
  t.match(await readTokens(path), [{ name: 'a' }])
})

t.test('a file that is wrong is explained', async (t) => {
  const path = join(t.testdir({}), 'tokens.json')
  const stored = storedToken('a')
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [[], /should be an object/],
    [{ version: 2, tokens: [] }, /version should be 1/],
    [{ version: 1, tokens: {} }, /tokens should be a list/],
    [{ version: 1, tokens: [{ ...stored, name: '../a' }] }, /tokens\[0\]\.name should be/],
    [{ version: 1, tokens: [{ ...stored, sha256: 'abc' }] }, /tokens\[0\]\.sha256 should be/],
    [{ version: 1, tokens: [{ ...stored, may: ['everything'] }] }, /may everything/],
    [{ version: 1, tokens: [{ ...stored, expiresAt: 'soon' }] }, /expiresAt should be a time/],
    [{ version: 1, tokens: [{ ...stored, maxChannels: 0 }] }, /maxChannels should be a whole number/],
  ]
  for (const [json, message] of cases) {
    writeFileSync(path, JSON.stringify(json))
    await t.rejects(readTokens(path), { code: 'ERR_TOKEN_FILE', message }, String(message))
  }
  writeFileSync(path, '{"version":')
  await t.rejects(readTokens(path), { code: 'ERR_TOKEN_FILE', message: /is not JSON/ })
})
