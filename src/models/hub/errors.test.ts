import t from 'tap'
import { explainNetworkFault, explainStatus } from './errors.ts'
import { TransientFault } from './retry.ts'

const target = { repository: 'owner/name', revision: 'main', path: 'model.bin' }
const access = { endpoint: 'https://hub.example' }
const store = 'https://store.example'

/** As `fetch` throws it. */
function networkFault(code: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('inner'), { code }) })
}

const networkFaults: [string, string, RegExp][] = [
  [
    'ENOTFOUND',
    access.endpoint,
    /HF_ENDPOINT \(https:\/\/hub\.example\) cannot be reached \(ENOTFOUND\): check the/,
  ],
  ['EAI_AGAIN', access.endpoint, /Models that are installed go on working without it\.$/],
  ['UND_ERR_CONNECT_TIMEOUT', store, /its store https:\/\/store\.example cannot be reached/],
  [
    'ECONNRESET',
    store,
    /its store https:\/\/store\.example breaks again and again \(ECONNRESET\); what has arrived/,
  ],
]

t.test('what the network does may pass', async (t) => {
  for (const [code, origin, message] of networkFaults) {
    const fault = explainNetworkFault(networkFault(code), origin, target, access)
    t.ok(fault instanceof TransientFault, code)
    t.match(fault.message, message)
    t.match(fault.message, /^model\.bin of owner\/name cannot be downloaded: [^\n]+\.$/)
  }
})

t.test('a certificate that is not trusted will not be trusted later', async (t) => {
  for (const code of [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ]) {
    t.match(explainNetworkFault(networkFault(code), store, target, access), {
      code: 'ERR_MODEL_FETCH',
      message: `model.bin of owner/name cannot be downloaded: the certificate of ${store} is not trusted (${code}): check the clock, or give the certificate of your proxy with NODE_EXTRA_CA_CERTS.`,
    })
  }
})

t.test('a wait is taken from the answer', async (t) => {
  const wait = (value: string): unknown => {
    const response = new Response(null, { status: 429, headers: { 'retry-after': value } })
    const fault = explainStatus(response, access.endpoint, target, access)
    return fault instanceof TransientFault ? fault.retryAfterMs : fault
  }
  t.equal(wait('7'), 7000)
  t.equal(wait(new Date(0).toUTCString()), 0, 'a date that has passed')
  const minuteMs = wait(new Date(Date.now() + 60_000).toUTCString())
  t.ok(Number(minuteMs) > 50_000 && Number(minuteMs) <= 60_000)
  t.equal(wait('soon'), undefined)
})

t.test('an answer that nobody foresaw', async (t) => {
  const fault = explainStatus(new Response(null, { status: 418 }), access.endpoint, target, access)
  t.equal(
    fault.message,
    'model.bin of owner/name cannot be downloaded: https://hub.example answers 418; check HF_ENDPOINT and the entry in models.lock.json.',
  )
})
