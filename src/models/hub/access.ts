/** Where the model hub is, and as whom it is asked. */
export interface HubAccess {
  /** URL without a slash at its end, e.g. `https://huggingface.co`. */
  readonly endpoint: string
  /** Sent to the endpoint's own origin and to nobody else. */
  readonly token?: string | undefined
  /** `defaultPatience` when left out. */
  readonly patience?: Patience
}

/** How long to go on while the hub or the way to it fails. */
export interface Patience {
  /** Failures in a row, without a byte in between, that are put up with. */
  readonly attempts: number
  /** The wait after the first failure; it doubles with each further one. */
  readonly firstWaitMs: number
  /** Whoever asks for a longer wait is not waited for. */
  readonly longestWaitMs: number
  /** A connection that is silent for so long counts as broken. */
  readonly silenceMs: number
}

export const defaultPatience: Patience = {
  attempts: 5,
  firstWaitMs: 500,
  longestWaitMs: 120_000,
  silenceMs: 60_000,
}

/** A file of a repository, or the repository itself, as messages name it. */
export interface HubTarget {
  /** `owner/name` */
  readonly repository: string
  /** A commit or the name of a branch. */
  readonly revision: string
  /** A file, with slashes. */
  readonly path?: string
}

export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision)
}
