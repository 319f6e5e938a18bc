/** What a fetch tells while it works, and how a person reads it. */
import { SingleBar } from 'cli-progress'
import { megabytes } from './staging.ts'

export type ModelProgress =
  | { readonly step: 'wait'; readonly holder: string }
  /** A line that the user should read. */
  | { readonly step: 'warning'; readonly message: string }
  /** Bytes of all files together. */
  | {
      readonly step: 'download'
      readonly file: string
      readonly doneBytes: number
      readonly totalBytes: number
    }
  | { readonly step: 'import'; readonly model: string }
  | { readonly step: 'installed'; readonly model: string }

export type Report = (progress: ModelProgress) => void

export interface ProgressDisplay {
  readonly report: Report
  /** Leaves the terminal as it was. */
  stop(): void
}

export interface Output {
  readonly isTTY?: boolean
  write(text: string): unknown
}

const lineEveryMs = 3000

/** A bar on a terminal, otherwise a line for each step and every few seconds of a download. */
export function createProgressDisplay(output: Output & NodeJS.WritableStream): ProgressDisplay {
  return output.isTTY === true ? createBar(output) : createLines(output)
}

export function createLines(output: Output): ProgressDisplay {
  let lastLineAt = -Infinity
  return {
    report(progress) {
      if (progress.step === 'download') {
        const complete = progress.doneBytes === progress.totalBytes
        if (!complete && performance.now() - lastLineAt < lineEveryMs) return
        lastLineAt = performance.now()
      }
      output.write(`${describe(progress)}\n`)
    },
    stop() {},
  }
}

function createBar(stream: NodeJS.WritableStream): ProgressDisplay {
  let bar: SingleBar | undefined
  const stop = (): void => {
    bar?.stop()
    bar = undefined
  }
  return {
    report(progress) {
      if (progress.step !== 'download') {
        stop()
        stream.write(`${describe(progress)}\n`)
        return
      }
      const { file, doneBytes, totalBytes } = progress
      if (!bar) {
        const format = 'Downloading [{bar}] {percentage} % of {total} MB  {file}'
        bar = new SingleBar({ stream, format, hideCursor: true, clearOnComplete: false })
        bar.start(Number(megabytes(totalBytes)), 0, { file })
      }
      bar.update(Number(megabytes(doneBytes)), { file })
    },
    stop,
  }
}

function describe(progress: ModelProgress): string {
  switch (progress.step) {
    case 'wait':
      return `Waiting for ${progress.holder}, which fetches models too.`
    case 'warning':
      return progress.message
    case 'download':
      return `Downloading: ${megabytes(progress.doneBytes)} of ${megabytes(progress.totalBytes)} MB`
    case 'import':
      return `Importing ${progress.model}`
    case 'installed':
      return `Installed ${progress.model}`
  }
}
