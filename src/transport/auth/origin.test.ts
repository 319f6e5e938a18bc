import t from 'tap'
import { judgeOrigin, type OriginVerdict } from './origin.ts'

const open = { allowed: ['https://example.org'], localOnly: false }
const local = { ...open, localOnly: true }

const cases: readonly (readonly [
  origin: string | undefined,
  host: string,
  secure: boolean | undefined,
  rules: typeof open,
  expected: OriginVerdict,
])[] = [
  [undefined, 'voice.test', undefined, open, 'none'],
  ['https://voice.test', 'voice.test', undefined, open, 'own'],
  ['https://voice.test', 'voice.test:443', undefined, open, 'own'],
  ['http://voice.test:8000', 'voice.test:8000', undefined, open, 'own'],
  ['http://voice.test:8000', 'voice.test:8000', true, open, 'foreign'],
  ['https://voice.test', 'voice.test', true, open, 'own'],
  ['https://voice.test', 'voice.test', false, open, 'foreign'],
  ['https://voice.test', 'voice.test:8000', undefined, open, 'foreign'],
  ['https://voice.test.evil.test', 'voice.test', undefined, open, 'foreign'],
  ['https://evil.test', 'voice.test', undefined, open, 'foreign'],
  ['https://example.org', 'voice.test', undefined, open, 'allowed'],
  ['https://example.org/', 'voice.test', undefined, open, 'foreign'],
  ['http://example.org', 'voice.test', undefined, open, 'foreign'],
  ['null', 'voice.test', undefined, open, 'foreign'],
  ['', '', undefined, open, 'foreign'],
  ['https://voice.test, https://evil.test', 'voice.test', undefined, open, 'foreign'],
  ['https://user@voice.test', 'voice.test', undefined, open, 'foreign'],
  ['http://localhost:8000', 'localhost:8000', undefined, local, 'own'],
  ['http://127.0.0.1:8000', '127.0.0.1:8000', undefined, local, 'own'],
  ['http://[::1]:8000', '[::1]:8000', undefined, local, 'own'],
  ['http://rebound.test:8000', 'rebound.test:8000', undefined, local, 'foreign'],
  [undefined, 'rebound.test:8000', undefined, local, 'foreign'],
  [undefined, '', undefined, local, 'foreign'],
  [undefined, 'localhost:8000', undefined, local, 'none'],
  [undefined, 'voice.localhost', undefined, local, 'none'],
  [undefined, '127.0.0.1.evil.test', undefined, local, 'foreign'],
  [undefined, 'localhost@evil.test', undefined, local, 'foreign'],
  ['https://example.org', '127.0.0.1:8000', undefined, local, 'allowed'],
]
for (const [origin, host, secure, rules, expected] of cases) {
  const name = `${origin ?? 'no origin'} at ${host}${rules === local ? ', for this machine alone' : ''}`
  t.test(`${name}: ${expected}`, async (t) => {
    const headers = new Map(Object.entries({ host, ...(origin !== undefined && { origin }) }))
    t.equal(judgeOrigin(headers, secure, rules), expected)
  })
}
