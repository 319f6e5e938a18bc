import t from 'tap'
import { markdownTable } from './voices-table.ts'

t.test('a row a line, numbers to the right', (t) => {
  const rows = [
    { voice: 'hibari-en', ms: 8.5 },
    { voice: 'kokoro', ms: undefined },
  ]
  t.equal(
    markdownTable(rows),
    ['| voice | ms |', '| --- | --: |', '| hibari-en | 8.5 |', '| kokoro |  |'].join('\n'),
  )
  t.end()
})
