/** What a check found. A `warning` is no reason not to start; a `failure` is, and says what would help. */
export type Finding = Fact | Complaint

interface Fact extends Described {
  readonly state: 'ok'
}

interface Complaint extends Described {
  readonly state: 'warning' | 'failure'
  /** A sentence that says what to do. */
  readonly remedy: string
}

interface Described {
  /** What was looked at, e.g. `Node`. */
  readonly subject: string
  /** What there is, in a few words. */
  readonly found: string
  /** Time of one run of a model. */
  readonly ms?: number
  /** What such a run takes on a machine like this; undefined where that was never measured. */
  readonly expectedMs?: number
}

export function ok(subject: string, found: string): Finding {
  return { state: 'ok', subject, found }
}

export function warning(subject: string, found: string, remedy: string): Finding {
  return { state: 'warning', subject, found, remedy }
}

export function failure(subject: string, found: string, remedy: string): Finding {
  return { state: 'failure', subject, found, remedy }
}

/** What went wrong, in one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? ''
}
