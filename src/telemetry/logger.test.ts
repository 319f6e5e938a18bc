import { pino } from 'pino'
import t from 'tap'
import { redact } from './logger.ts'

t.test('secrets are not shown', async (t) => {
  const lines: string[] = []
  const log = pino({ base: null, redact }, { write: (line) => void lines.push(line) })
  log.info({ token: 'abc', request: { authorization: 'abc', query: 'token=abc', path: '/ws' } }, 'connected')
  t.notMatch(lines.join(), 'abc')
  t.match(JSON.parse(lines[0] ?? ''), { token: '(not shown)', request: { path: '/ws' }, msg: 'connected' })
})
