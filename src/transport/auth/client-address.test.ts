import { BlockList } from 'node:net'
import t from 'tap'
import {
  clientAddress,
  formatAddress,
  isLoopback,
  isSecure,
  limitKey,
  parseSubnets,
} from './client-address.ts'

const trusted = parseSubnets(['10.0.0.0/8', '::1']) ?? new BlockList()
const head = (peer: string, headers: Record<string, string>): Parameters<typeof clientAddress>[0] => ({
  method: 'GET',
  path: '/',
  query: '',
  headers: new Map(Object.entries(headers)),
  peer,
})

t.test('addresses as the socket has them', async (t) => {
  t.equal(formatAddress(Uint8Array.of(192, 0, 2, 1)), '192.0.2.1')
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1)
  t.equal(formatAddress(mapped), '192.0.2.1')
  const v6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
  t.equal(formatAddress(v6), '2001:db8:0:0:0:0:0:1')
})

t.test('proxies are believed as far as they are trusted', async (t) => {
  const cases: readonly (readonly [peer: string, forwardedFor: string, expected: string])[] = [
    ['192.0.2.1', '', '192.0.2.1'],
    ['192.0.2.1', '198.51.100.1', '192.0.2.1'],
    ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '203.0.113.9, 198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '203.0.113.9, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['10.0.0.1', 'unknown', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1, nonsense', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['::1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['::1', '2001:db8::1', '2001:db8::1'],
    ['10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '[::FFFF:198.51.100.1]:4711', '198.51.100.1'],
    ['10.0.0.1', 'fe80::1%eth0', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1, fe80::1%eth0', '10.0.0.1'],
  ]
  for (const [peer, forwardedFor, expected] of cases) {
    const request = head(peer, forwardedFor === '' ? {} : { 'x-forwarded-for': forwardedFor })
    t.equal(clientAddress(request, trusted), expected, `${peer} for ${forwardedFor}`)
  }
})

t.test('whether the client has encryption', async (t) => {
  const forwarded = { 'x-forwarded-proto': 'https' }
  t.equal(isSecure(head('192.0.2.1', forwarded), { tls: false, trusted }), undefined)
  t.equal(isSecure(head('10.0.0.1', forwarded), { tls: false, trusted }), true)
  t.equal(isSecure(head('10.0.0.1', { 'x-forwarded-proto': 'http' }), { tls: false, trusted }), false)
  t.equal(isSecure(head('192.0.2.1', {}), { tls: true, trusted }), true)
})

t.test('subnets, loopback, and who counts as one', async (t) => {
  for (const wrong of ['a', '10.0.0.0/33', '::/129', '10.0.0.0/8/8', 'localhost', '']) {
    t.equal(parseSubnets([wrong]), undefined, wrong)
  }
  t.same(['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1'].map(isLoopback), [true, true, true, true])
  t.same(['0.0.0.0', '::', '192.0.2.1', 'localhost', ''].map(isLoopback), [false, false, false, false, false])
  t.equal(limitKey('192.0.2.1'), '192.0.2.1')
  t.equal(limitKey('2001:db8:0:1:2:3:4:5'), '2001:db8:0:1::/64')
  t.equal(limitKey('2001:db8::5'), '2001:db8:0:0::/64')
})
