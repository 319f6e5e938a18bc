import t from 'tap'
import { failure, ok, reasonOf, warning } from './finding.ts'
import { judgeTime } from './model-trials.ts'
import { formatFinding, formatJson, formatSummary } from './report.ts'

t.test('a finding in words', async (t) => {
  t.equal(formatFinding(ok('Node', '20.1.0')), 'ok    Node                 20.1.0\n')
  t.equal(
    formatFinding(failure('Node', '21.0.0', 'Use Node 20.')),
    'FAIL  Node                 21.0.0\n      Use Node 20.\n',
  )
})

t.test('a time beside the one that was expected', async (t) => {
  const fine = judgeTime('whisper-base', '"Olá."', { ms: 90.123, expectedMs: 80 })
  t.equal(formatFinding(fine), 'ok    whisper-base         "Olá.", 90.1 ms (expected: 80)\n')
  t.match(judgeTime('whisper-base', '"Olá."', { ms: 500, expectedMs: 80 }), { state: 'warning' })
  t.notMatch(judgeTime('mine', '"Olá."', { ms: 500, expectedMs: undefined }), { expectedMs: Number })
})

t.test('the last line', async (t) => {
  const fine = ok('Node', '20.1.0')
  t.equal(formatSummary([fine]), 'All is well.\n')
  t.equal(
    formatSummary([fine, warning('GPU', 'none', 'Buy one.')]),
    'It runs; 1 of 2 checks have something to say.\n',
  )
  t.equal(formatSummary([fine, failure('npm', 'none', 'Install it.')]), '1 of 2 checks failed.\n')
})

t.test('JSON', async (t) => {
  t.same(JSON.parse(formatJson([ok('Node', '20.1.0')])), {
    ok: true,
    findings: [{ state: 'ok', subject: 'Node', found: '20.1.0' }],
  })
  t.equal((JSON.parse(formatJson([failure('npm', 'none', 'Install it.')])) as { ok: boolean }).ok, false)
})

t.test('a reason is one line, whatever was thrown', async (t) => {
  t.equal(reasonOf(new Error('first\nsecond')), 'first')
  t.equal(reasonOf('text'), 'text')
})
