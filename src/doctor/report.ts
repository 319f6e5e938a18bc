import type { Finding } from './finding.ts'

const marks = { ok: 'ok  ', warning: 'warn', failure: 'FAIL' } as const satisfies Record<
  Finding['state'],
  string
>
const subjectWidth = 20

/** A finding as lines of text. */
export function formatFinding(finding: Finding): string {
  const line = `${marks[finding.state]}  ${finding.subject.padEnd(subjectWidth)} ${finding.found}${formatTimes(finding)}`
  if (finding.state === 'ok') return `${line}\n`
  return `${line}\n      ${finding.remedy}\n`
}

function formatTimes({ ms, expectedMs }: Finding): string {
  if (ms === undefined) return ''
  return `, ${ms} ms${expectedMs === undefined ? '' : ` (expected: ${expectedMs})`}`
}

/** The last line. */
export function formatSummary(findings: readonly Finding[]): string {
  const count = (state: Finding['state']): number =>
    findings.filter((finding) => finding.state === state).length
  const [failures, warnings] = [count('failure'), count('warning')]
  if (failures > 0) return `${failures} of ${findings.length} checks failed.\n`
  return warnings > 0
    ? `It runs; ${warnings} of ${findings.length} checks have something to say.\n`
    : 'All is well.\n'
}

/** What `--json` prints. */
export function formatJson(findings: readonly Finding[]): string {
  const sound = findings.every(({ state }) => state !== 'failure')
  return `${JSON.stringify({ ok: sound, findings }, null, 2)}\n`
}
