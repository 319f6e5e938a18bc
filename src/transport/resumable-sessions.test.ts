import t from 'tap'
import { ResumableSessions } from './resumable-sessions.ts'
import type { Session } from './session.ts'

const gone = { code: 'ERR_SESSION_GONE', message: /no session of this sessionId/ }
const session = { resumable: true } as Session

t.test('a session is for the token that its client came with', (t) => {
  const sessions = new ResumableSessions(1000)
  sessions.add('a', session, 'phone')
  sessions.add('b', session, undefined)
  t.equal(sessions.find('a', 'phone'), session)
  t.equal(sessions.find('b', undefined), session)
  t.throws(() => sessions.find('a', 'laptop'), gone)
  t.throws(() => sessions.find('a', undefined), gone)
  t.throws(() => sessions.find('b', 'phone'), gone)
  t.throws(() => sessions.find('c', 'phone'), gone, 'the answer is the same')
  t.end()
})

t.test('one that is over can be found for a while, and none once the server goes away', (t) => {
  const sessions = new ResumableSessions(60_000)
  sessions.add('a', session, undefined)
  sessions.end('a')
  t.equal(sessions.find('a', undefined), session)
  sessions.close()
  t.throws(() => sessions.find('a', undefined), { code: 'ERR_NOT_READY' })
  t.end()
})
