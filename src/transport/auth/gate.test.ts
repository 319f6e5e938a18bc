import t from 'tap'
import { type Environment, readConfig } from '../../config.ts'
import type { ApiToken } from './api-tokens.ts'
import { Gate, type GateRefusal } from './gate.ts'

const token: ApiToken = { id: 'abcd', name: 'anna', may: ['talk'], expiresAt: Infinity }

function gateWith(
  environment: Environment,
  known: ApiToken[] = [token],
): { readonly gate: Gate; readonly refused: GateRefusal[] } {
  const refused: GateRefusal[] = []
  const gate = new Gate({
    config: readConfig({ TRUST_PROXY: '10.0.0.1', ...environment }).doors,
    tokens: {
      find: (secret) => known.find(({ name }) => name === secret),
      withId: (wanted) => known.find(({ id }) => id === wanted),
    },
    onRefused: (cause) => refused.push(cause),
  })
  return { gate, refused }
}

const from = (
  peer: string,
  headers: Readonly<Record<string, string>> = {},
): Parameters<Gate['enter']>[0] => ({
  method: 'GET',
  path: '/ws',
  query: 'token=anna',
  headers: new Map(Object.entries(headers)),
  peer,
})

t.test('a grant says whose it is, and holds as long as the token', async (t) => {
  const known = [token]
  const { gate } = gateWith({}, known)
  const grant = gate.enter(from('192.0.2.1'), 'talk')
  const pass = grant.openChannel()
  t.match([grant.name, grant.isValid, pass.isValid], ['anna', true, true])
  known.length = 0
  t.match([grant.isValid, pass.isValid], [false, false])
  known.push({ ...token, expiresAt: 0 })
  t.notOk(pass.isValid)
})

t.test('each refusal is counted by its cause', async (t) => {
  const { gate, refused } = gateWith({ MAX_REQUESTS_PER_MINUTE: '1' })
  t.throws(() => gate.enter(from('192.0.2.1', { origin: 'https://evil.test' }), 'talk'), {
    code: 'ERR_ORIGIN',
  })
  t.throws(() => gate.enter(from('192.0.2.1'), 'metrics'), { code: 'ERR_FORBIDDEN', message: /may talk/ })
  t.throws(() => gate.enter(from('192.0.2.1'), 'talk'), { code: 'ERR_TOO_MANY', retryAfterS: Number })
  t.throws(() => gate.enter({ ...from('192.0.2.2'), query: '' }, 'talk'), { code: 'ERR_UNAUTHORIZED' })
  t.same(refused, ['origin', 'token', 'limit', 'token'])
})

t.test('connections a minute, by address; neither of a proxy nor of this machine', async (t) => {
  const { gate } = gateWith({ MAX_CONNECTIONS_PER_MINUTE: '2' })
  const admitted = (peer: string): boolean[] => [1, 2, 3].map(() => gate.admits(peer))
  t.same(admitted('192.0.2.1'), [true, true, false])
  t.same(admitted('2001:db8:0:0:0:0:0:1'), [true, true, false])
  t.notOk(gate.admits('2001:db8:0:0:9:9:9:9'), 'the same subnet')
  t.same(admitted('10.0.0.1'), [true, true, true])
  t.same(admitted('127.0.0.1'), [true, true, true])
})

t.test('a place that is given back twice is one place', async (t) => {
  const { gate } = gateWith({ MAX_CHANNELS_PER_ADDRESS: '2' })
  const open = () => gate.enter(from('192.0.2.1'), 'talk').openChannel()
  const first = open()
  open()
  first.leave()
  first.leave()
  open()
  t.throws(open, { code: 'ERR_TOO_MANY', message: /This address has 2 conversations/ })
})

t.test('an address that has no place takes none of the token', async (t) => {
  const { gate } = gateWith({ MAX_CHANNELS_PER_ADDRESS: '1', MAX_CHANNELS_PER_TOKEN: '2' })
  const open = (peer: string) => gate.enter(from(peer), 'talk').openChannel()
  open('192.0.2.1')
  t.throws(() => open('192.0.2.1'), { message: /This address/ })
  open('192.0.2.2')
  t.throws(() => open('192.0.2.3'), { message: /This token/ })
})
