import { writeFileSync } from 'node:fs'
import * as crypto from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import type * as ApiTokensModule from './api-tokens.ts'
import { changeTokens, createToken, hashToken, type StoredToken } from './token-file.ts'

const { signal } = new AbortController()
const log = pino({ level: 'silent' })

let comparisons = 0
const { ApiTokens } = await t.mockImport<typeof ApiTokensModule>('./api-tokens.ts', {
  'node:crypto': {
    ...crypto,
    timingSafeEqual: (...sides: Parameters<typeof crypto.timingSafeEqual>) => {
      comparisons++
      return crypto.timingSafeEqual(...sides)
    },
  },
})

const stored = (name: string, token: string): StoredToken => ({
  name,
  sha256: hashToken(token).toString('hex'),
  may: ['talk'],
  createdAt: '2026-01-01T00:00:00.000Z',
})

t.test(
  'a token is looked for in the same steps whichever it is, and whether it is there at all',
  async (t) => {
    const path = join(t.testdir({}), 'tokens.json')
    const secrets = Array.from({ length: 5 }, createToken)
    await changeTokens(path, () => secrets.map((secret, index) => stored(`t${index}`, secret)), { signal })
    const tokens = await ApiTokens.open(path, log)
    t.teardown(() => tokens.close())
    for (const [index, secret] of secrets.entries()) {
      comparisons = 0
      t.equal(tokens.find(secret)?.name, `t${index}`)
      t.equal(comparisons, secrets.length)
    }
    for (const wrong of ['', 'a', createToken(), `${secrets[0]}a`, secrets[0]?.slice(0, -1) ?? '']) {
      comparisons = 0
      t.equal(tokens.find(wrong), undefined)
      t.equal(comparisons, secrets.length)
    }
  },
)

t.test('a change of the file holds at once, a broken one changes nothing', async (t) => {
  const path = join(t.testdir({}), 'tokens.json')
  const [first, second] = [createToken(), createToken()]
  await changeTokens(path, () => [stored('first', first)], { signal })
  const tokens = await ApiTokens.open(path, log)
  t.teardown(() => tokens.close())
  await changeTokens(path, () => [stored('second', second)], { signal })
  while (!tokens.find(second)) await pause(20)
  t.equal(tokens.find(first), undefined)
  writeFileSync(path, 'broken')
  await pause(1500)
  t.ok(tokens.find(second))
})
