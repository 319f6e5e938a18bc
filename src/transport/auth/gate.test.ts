import t from 'tap'
import { type Environment, readConfig } from '../../config.ts'
import type { ApiToken } from './api-tokens.ts'
import { Gate, type GateRefusal } from './gate.ts'

const token: ApiToken = {
  id: 'abcd',
  name: 'anna',
  may: ['talk'],
  expiresAt: Infinity,
  maxChannels: undefined,
}

function gateWith(
  environment: Environment,
  known: ApiToken[] = [token],
): { readonly gate: Gate; readonly refused: GateRefusal[]; readonly proxies: string[] } {
  const proxies: string[] = []
  const refused: GateRefusal[] = []
  const gate = new Gate({
    config: readConfig({ TRUST_PROXY: '10.0.0.1', ...environment }).doors,
    tokens: {
      find: (secret) => known.find(({ name }) => name === secret),
      withId: (wanted) => known.find(({ id }) => id === wanted),
    },
    onRefused: (cause) => refused.push(cause),
    onUnknownProxy: () => proxies.push('met'),
  })
  return { gate, refused, proxies }
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
    message: /Pages of "https:\/\/evil.test"/,
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

t.test('a token may have a number of conversations of its own', async (t) => {
  const { gate } = gateWith({ MAX_CHANNELS_PER_TOKEN: '1' }, [{ ...token, maxChannels: 2 }])
  const open = (peer: string) => gate.enter(from(peer), 'talk').openChannel()
  open('192.0.2.1')
  open('192.0.2.2')
  t.throws(() => open('192.0.2.3'), { message: /This token has 2 conversations/ })
})

t.test('who may ask for what is for everybody is limited too, by far more', async (t) => {
  const { gate, refused } = gateWith({ MAX_REQUESTS_PER_MINUTE: '2' })
  const page = { ...from('192.0.2.1'), path: '/', query: '' }
  for (let request = 0; request < 20; request++) gate.enter(page, 'public')
  t.throws(() => gate.enter(page, 'public'), { code: 'ERR_TOO_MANY', message: /20 requests a minute/ })
  gate.enter({ ...page, peer: '192.0.2.2' }, 'public')
  for (let request = 0; request < 50; request++) gate.enter({ ...page, peer: '127.0.0.1' }, 'public')
  t.same(refused, ['limit'])
})

t.test('a body beyond the room for it is counted as refused', async (t) => {
  const { gate, refused } = gateWith({ MAX_UPLOAD_MB: '128' })
  const upload = gate.enter(from('192.0.2.1'), 'talk').openUpload()
  upload.add(32 * 2 ** 20)
  t.throws(() => upload.add(1), { code: 'ERR_OVERLOADED', message: /have 32 MB already/ })
  t.same(refused, ['limit'])
})

t.test('a proxy that nobody named is told of once', async (t) => {
  const told = (environment: Environment): string[] => {
    const { gate, proxies } = gateWith(environment)
    for (let request = 0; request < 3; request++) {
      gate.enter(from('127.0.0.1', { 'x-forwarded-for': '192.0.2.1' }), 'public')
    }
    return proxies
  }
  t.same(told({ TRUST_PROXY: '' }), ['met'])
  t.same(told({ TRUST_PROXY: '127.0.0.1' }), [])
  t.same(told({ TRUST_PROXY: '', HOST: '0.0.0.0' }), [], 'where tokens are asked for it gains nothing')
})
