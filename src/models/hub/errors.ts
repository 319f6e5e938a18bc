/** What can go wrong between here and a model hub, each in one line that says what to do. */
import { VoxbridgeError } from '../../errors.ts'
import type { HubAccess, HubTarget } from './access.ts'
import { TransientFault, parseRetryAfter } from './retry.ts'

type Fault = VoxbridgeError | TransientFault

export function nameTarget({ repository, path }: HubTarget): string {
  return path === undefined ? repository : `${path} of ${repository}`
}

export function cannotDownload(target: HubTarget, reason: string, options?: ErrorOptions): VoxbridgeError {
  return new VoxbridgeError(
    'ERR_MODEL_FETCH',
    `${nameTarget(target)} cannot be downloaded: ${reason}.`,
    options,
  )
}

/** The content is not what was promised. */
export function wrongContent(
  target: HubTarget,
  { endpoint }: HubAccess,
  what: string,
  promisedBy: 'lock' | 'hub',
): VoxbridgeError {
  const promise = promisedBy === 'lock' ? 'that models.lock.json names' : `that ${endpoint} announced`
  return new VoxbridgeError(
    'ERR_MODEL_HASH',
    `${nameTarget(target)} is not the file ${promise}: ${what}. Nothing of it was used; try again, or ask who runs ${endpoint}.`,
  )
}

/** What an answer means that is no file. The error codes in its headers are those of huggingface.co. */
export function explainStatus(
  { status, headers }: Response,
  origin: string,
  target: HubTarget,
  access: HubAccess,
): Fault {
  const { repository, revision } = target
  const fail = (reason: string): VoxbridgeError => cannotDownload(target, reason)
  // What is true of the whole repository is said without the file that happened to come first.
  const failWhole = (reason: string): VoxbridgeError => cannotDownload({ repository, revision }, reason)
  const { endpoint } = access
  const atHub = origin === new URL(endpoint).origin
  const answerer = atHub ? endpoint : origin
  if (status === 429) {
    const waitMs = parseRetryAfter(headers.get('retry-after'))
    const wait = waitMs === undefined ? 'in some minutes' : `in ${Math.ceil(waitMs / 1000)} s`
    const advice =
      access.token === undefined ? ', or set HF_TOKEN: with a token more requests are allowed' : ''
    return new TransientFault(
      fail(`${answerer} has had too many requests from here (429); try again ${wait}${advice}`),
      waitMs,
    )
  }
  if (status >= 500 || status === 408) {
    return new TransientFault(
      fail(`${answerer} answers ${status} again and again; try again later`),
      parseRetryAfter(headers.get('retry-after')),
    )
  }
  // The store's address is good for some minutes only; the hub gives a new one.
  if (!atHub) return new TransientFault(fail(`its store ${answerer} answers ${status}; try again later`))
  if (status === 401 || status === 403) return failWhole(explainRefusal(status, headers, target, access))
  if (status === 404) {
    const fileOnly = headers.get('x-error-code') === 'EntryNotFound' && target.path !== undefined
    return fileOnly ? new FileMissing(target) : failWhole(explainAbsence(headers, target, access))
  }
  return fail(`${endpoint} answers ${status}; check HF_ENDPOINT and the entry in models.lock.json`)
}

function explainRefusal(
  status: number,
  headers: Headers,
  { repository }: HubTarget,
  { endpoint, token }: HubAccess,
): string {
  const page = `${endpoint}/${repository}`
  const gated = headers.get('x-error-code') === 'GatedRepo'
  const accept = `accept the licence at ${page} and set HF_TOKEN to a token of that account (${endpoint}/settings/tokens)`
  if (token === undefined) {
    return gated
      ? `its licence has to be accepted first: ${accept}`
      : `${endpoint} has no such repository, or shows it to some accounts only. Check the name in models.lock.json; if it is right, ${accept}`
  }
  if (gated) {
    return `the account of HF_TOKEN has no access to it: accept the licence at ${page} with that account, and wait if its owner has to agree`
  }
  return status === 401
    ? `${endpoint} does not know the token in HF_TOKEN: make a new one at ${endpoint}/settings/tokens, or leave HF_TOKEN unset`
    : `the token in HF_TOKEN may not read it: make one that may at ${endpoint}/settings/tokens`
}

function explainAbsence(headers: Headers, target: HubTarget, { endpoint, token }: HubAccess): string {
  const { repository, revision } = target
  if (headers.get('x-error-code') === 'RevisionNotFound') {
    return `it has no revision ${revision}; those it has are at ${endpoint}/${repository}/commits/main`
  }
  const hidden = token === undefined ? '' : ', or hides it from the account of HF_TOKEN'
  return `${endpoint} has no repository ${repository}${hidden}. Check its name in models.lock.json, and HF_ENDPOINT`
}

/** The repository is there and the file is not. */
export class FileMissing extends VoxbridgeError {
  /** @param files what it has instead, where that is known */
  constructor({ repository, revision, path }: HubTarget, files: Iterable<string> = []) {
    const all = [...files].sort()
    const more = all.length > listedFiles ? ` and ${all.length - listedFiles} more` : ''
    const has = all.length === 0 ? '' : `; it has: ${all.slice(0, listedFiles).join(', ')}${more}`
    super(
      'ERR_MODEL_FETCH',
      `${repository} has no ${path} at ${revision}${has}. Correct the entry in models.lock.json.`,
    )
  }
}

const listedFiles = 12

export function webPageInstead(target: HubTarget, origin: string): VoxbridgeError {
  return cannotDownload(
    target,
    `${origin} answers with a web page. If this network asks for a login, open any page in a browser first; otherwise check HF_ENDPOINT`,
  )
}

export function notAHub(target: HubTarget, { endpoint }: HubAccess): VoxbridgeError {
  return cannotDownload(target, `${endpoint} does not answer as a model hub does: check HF_ENDPOINT`)
}

/** What `fetch` throws, as far as the network is to blame. */
export function explainNetworkFault(
  error: unknown,
  origin: string,
  target: HubTarget,
  { endpoint }: HubAccess,
): Fault {
  const code = codeOf(error)
  const fail = (reason: string): VoxbridgeError => cannotDownload(target, reason, { cause: error })
  if (/SSL|TLS/.test(code) && !/CERT/.test(code)) {
    return fail(`there is no TLS with ${origin} (${code}): check http or https in HF_ENDPOINT`)
  }
  if (/CERT|ISSUER|SIGNATURE/.test(code)) {
    return fail(
      `the certificate of ${origin} is not trusted (${code}): check the clock, or give the certificate of your proxy with NODE_EXTRA_CA_CERTS`,
    )
  }
  const where = origin === new URL(endpoint).origin ? `HF_ENDPOINT (${endpoint})` : `its store ${origin}`
  const reached = !unreachable.test(code)
  const reason = reached
    ? `the connection to ${where} breaks again and again (${code}); what has arrived is kept, the next run goes on from there`
    : `${where} cannot be reached (${code}): check the network. Models that are installed go on working without it`
  return new TransientFault(fail(reason))
}

const unreachable =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT/

/** The code of the innermost cause that has one. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const inner = error.cause instanceof Error ? codeOf(error.cause) : 'unknown'
  if (inner !== 'unknown') return inner
  return 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
