import { join } from 'node:path'
import t from 'tap'
import { type Environment, readConfig } from '../config.ts'
import type { Finding } from './finding.ts'
import { checkDoors } from './doors.ts'

const stored = (name: string, expiresAt?: string): object => ({
  name,
  sha256: 'a'.repeat(64),
  may: ['talk'],
  createdAt: '2026-01-01T00:00:00Z',
  ...(expiresAt !== undefined && { expiresAt }),
})

t.test('who will be let in', async (t) => {
  const dir = t.testdir({
    'one.json': JSON.stringify({ version: 1, tokens: [stored('a'), stored('b', '2026-02-01T00:00:00Z')] }),
    'expired.json': JSON.stringify({ version: 1, tokens: [stored('a', '2026-02-01T00:00:00Z')] }),
    'broken.json': '{',
  })
  const found = (environment: Environment): Promise<Finding> => checkDoors(readConfig(environment))
  const withTokens = (name: string): Promise<Finding> =>
    found({ HOST: '0.0.0.0', TOKENS_FILE: join(dir, name) })
  t.match(await found({}), { state: 'ok', found: /this machine alone/ })
  t.match(await found({ HOST: '0.0.0.0', AUTH: 'false' }), { state: 'warning', found: /reaches 0\.0\.0\.0/ })
  t.match(await withTokens('one.json'), { state: 'ok', found: /need a token; 1 of them holds/ })
  t.match(await withTokens('expired.json'), { state: 'warning', remedy: /npm run token/ })
  t.match(await withTokens('none.json'), { state: 'warning', found: /none holds/ })
  t.match(await withTokens('broken.json'), { state: 'failure', found: /broken\.json is not JSON/ })
  t.match(await found({ TLS_CERT: join(dir, 'no.crt'), TLS_KEY: join(dir, 'no.key') }), {
    state: 'failure',
    found: /TLS_CERT cannot be read/,
  })
})
