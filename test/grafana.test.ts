/** The dashboard asks for nothing that the server does not tell, and leaves nothing out. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { idleLoad } from '../src/models/load.ts'
import { Metrics } from '../src/telemetry/metrics.ts'

interface Panel {
  readonly id: number
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly query: string }[] }
}

const file = new URL('../grafana/voxbridge.json', import.meta.url)
const { panels, templating } = JSON.parse(await readFile(file, 'utf8')) as Dashboard
const columns = 24

/** Names of the series that `GET /metrics` has, by the families that they belong to. */
async function families(): Promise<Map<string, readonly string[]>> {
  const text = await new Metrics().render({
    ready: true,
    channels: 0,
    engines: {},
    queueDepths: {},
    usage: {},
    load: idleLoad,
    eventLoopP99Ms: 0,
    gpus: [{ gpu: '0', memoryUsedBytes: 0, memoryBytes: 0, utilisation: 0 }],
  })
  return new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => [
      name,
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ]),
  )
}

/** Names of series in a query of Prometheus. */
function seriesIn(query: string): string[] {
  return query.match(/\b(voxbridge|process)_[a-z0-9_]+/g) ?? []
}

t.test('every series that a panel shows exists, and every one that exists is shown', async (t) => {
  const known = await families()
  const series = [...known.values()].flat()
  const shown = new Set<string>()
  const queries = [
    ...templating.list.map(({ query }) => query),
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ]
  for (const name of queries.flatMap(seriesIn)) {
    t.ok(series.includes(name), name)
    shown.add(name)
  }
  for (const [family, names] of known)
    t.ok(
      names.some((name) => shown.has(name)),
      `${family} is shown`,
    )
})

t.test('panels have ids of their own and do not lie on one another', async (t) => {
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  const taken = new Set<string>()
  const overlapping = new Set<string>()
  for (const { title, gridPos } of panels) {
    t.ok(gridPos.x + gridPos.w <= columns, title)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        const cell = `${x} ${y}`
        if (taken.has(cell)) overlapping.add(title)
        taken.add(cell)
      }
    }
  }
  t.same([...overlapping], [])
})

t.test('a counter is shown by its rate', async (t) => {
  for (const { title, targets } of panels) {
    for (const { expr } of targets.filter(({ expr }) => expr.includes('_total'))) {
      t.match(expr, /\b(rate|increase)\(\w+_total\{/, title)
    }
  }
})
