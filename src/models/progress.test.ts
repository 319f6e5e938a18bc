import { Writable } from 'node:stream'
import t from 'tap'
import { createLines, createProgressDisplay, type Report } from './progress.ts'

const file = 'a.whl'

function tellAll(report: Report): void {
  report({ step: 'wait', holder: 'process 7' })
  report({ step: 'download', file, doneBytes: 0, totalBytes: 100e6 })
  report({ step: 'download', file, doneBytes: 50e6, totalBytes: 100e6 })
  report({ step: 'download', file, doneBytes: 100e6, totalBytes: 100e6 })
  report({ step: 'import', model: 'm' })
  report({ step: 'installed', model: 'm' })
}

t.test('plain lines: every step, not every byte', async (t) => {
  const lines: string[] = []
  tellAll(createLines({ write: (text: string) => lines.push(text) }).report)
  t.same(lines, [
    'Waiting for process 7, which fetches models too.\n',
    'Downloading: 0 of 100 MB\n',
    'Downloading: 100 of 100 MB\n',
    'Importing m\n',
    'Installed m\n',
  ])
})

t.test('a bar on a terminal', async (t) => {
  let text = ''
  const terminal = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString()
        done()
      },
    }),
    { isTTY: true, cursorTo: () => true, clearLine: () => true, moveCursor: () => true, columns: 80 },
  )
  const display = createProgressDisplay(terminal)
  tellAll(display.report)
  display.stop()
  t.match(text, /Downloading \[=*.*\] 100 % of 100 MB {2}a\.whl/)
  t.match(text, /Installed m\n/)
})
