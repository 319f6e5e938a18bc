/** How far a bench is, on standard error: a bar on a terminal, otherwise a line now and then. */
import { SingleBar } from 'cli-progress'

export interface Progress {
  /** @param note what is going on, in a few words. */
  update(done: number, note: string): void
  /** Leaves the terminal as it was. */
  stop(): void
}

const lineEveryMs = 10_000

/** @param unit what `total` counts, e.g. `trials` */
export function showProgress(total: number, unit: string): Progress {
  return process.stderr.isTTY ? showBar(total, unit) : showLines(total, unit)
}

function showBar(total: number, unit: string): Progress {
  const bar = new SingleBar({
    stream: process.stderr,
    format: `[{bar}] {value} of {total} ${unit}, {eta_formatted} left  {note}`,
    hideCursor: true,
    clearOnComplete: true,
  })
  bar.start(total, 0, { note: '' })
  return { update: (done, note) => bar.update(done, { note }), stop: () => bar.stop() }
}

function showLines(total: number, unit: string): Progress {
  let lastLineAt = performance.now()
  return {
    update(done, note) {
      if (done < total && performance.now() - lastLineAt < lineEveryMs) return
      lastLineAt = performance.now()
      console.error(`${done} of ${total} ${unit}  ${note}`)
    },
    stop() {},
  }
}
