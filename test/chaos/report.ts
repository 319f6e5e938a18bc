/** The result of a chaotic time, for people. */
import { median } from '../../bench/statistics.ts'
import type { ChaosReport, Kill } from './chaos.ts'
import { mishapKinds } from './chaos-server.ts'
import { type Fate, fates } from './ledger.ts'

const fateTitles: Readonly<Record<Fate, string>> = {
  answered: 'answered',
  failed: 'answered with an error',
  'given up': 'given up, and told so',
  cut: 'cut off with the connection, and said again',
  lost: 'lost without a word',
}

export function countLost({ fates }: Pick<ChaosReport, 'fates'>): number {
  return fates.filter((fate) => fate === 'lost').length
}

export function formatReport(report: ChaosReport): string {
  const { kills, retried, twice, cuts, stalls, refusals, endings, residentMb } = report
  const inFlight = kills.map((kill) => kill.inFlight)
  const rows: (readonly [string, string | number])[] = [
    ['kills', kills.length],
    ['utterances in flight at them', inFlight.reduce((sum, count) => sum + count, 0)],
    ['requests that a new worker made again', retried],
    ['connections cut', cuts],
    ['times that a client read nothing for a while', stalls],
    ['connections refused', describeCounts(refusals)],
    ['utterances', report.fates.length],
    ...fates.map(
      (fate) => [`  ${fateTitles[fate]}`, report.fates.filter((it) => it === fate).length] as const,
    ),
    ['told twice', twice],
    ['memory before and after', `${Math.round(residentMb.before)} MB, ${Math.round(residentMb.after)} MB`],
    ['what connections ended with, out of order', describeCounts(endings)],
  ]
  return [...rows.map(([title, value]) => `${title.padEnd(46)} ${value}`), '', formatKinds(kills)].join('\n')
}

function formatKinds(kills: readonly Kill[]): string {
  const row = (...cells: readonly (string | number)[]): string =>
    cells.map((cell, index) => (index === 0 ? String(cell).padEnd(10) : String(cell).padStart(12))).join('')
  const seconds = (ms: number): string => (Number.isFinite(ms) ? `${(ms / 1000).toFixed(1)} s` : '-')
  const lines = [...mishapKinds, 'all'].map((kind) => {
    const ours = kills.filter((kill) => kind === 'all' || kill.kind === kind)
    const backMs = ours.flatMap((kill) => kill.backMs ?? [])
    return row(kind, ours.length, seconds(median(backMs)), seconds(Math.max(...backMs)))
  })
  return ['Until there was a new worker:', row('', 'kills', 'median', 'most'), ...lines].join('\n')
}

function describeCounts(texts: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].map(([text, count]) => `${count} ${text}`).join(', ') || '0'
}
