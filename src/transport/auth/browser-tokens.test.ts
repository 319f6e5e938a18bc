import t from 'tap'
import { BrowserTokens } from './browser-tokens.ts'

const parent = { id: 'abcd', name: 'site', may: ['talk', 'request'] as const, expiresAt: Infinity }
const tokens = new BrowserTokens()

t.test('says what was put into it', async (t) => {
  const token = tokens.issue(parent, ['talk'], 1234)
  t.match(token, /^vbb_[\w-]+\.[\w-]{43}$/, 'fits into a header, a query and a subprotocol')
  t.same(tokens.read(token), { parent: 'abcd', may: ['talk'], expiresAt: 1234 })
})

t.test('what anybody else has written is nothing', async (t) => {
  const token = tokens.issue(parent, ['talk'], 1234)
  const [payload = '', seal = ''] = token.slice(4).split('.')
  const forged = Buffer.from(JSON.stringify({ parent: 'abcd', may: ['metrics'], expiresAt: 9e15 }))
  for (const wrong of [
    '',
    'vbb_',
    'vbb_.',
    payload,
    `${payload}.${seal}`,
    `vbb_${payload}`,
    `vbb_${payload}.${seal.slice(0, -2)}`,
    `vbb_${payload}.${seal}.${seal}`,
    `vbb_${forged.toString('base64url')}.${seal}`,
    new BrowserTokens().issue(parent, ['talk'], 1234),
  ]) {
    t.equal(tokens.read(wrong), undefined, wrong)
  }
})
