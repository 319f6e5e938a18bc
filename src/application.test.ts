import t from 'tap'
import { runApplication } from './application.ts'
import { formatHelp } from './config.ts'

t.test('--help lists the settings', async (t) => {
  const written = t.capture(process.stdout, 'write', () => true)
  await runApplication(['--help'], {})
  const lines = written.args()
  written.restore()
  t.same(lines, [[formatHelp()]])
})

const failures: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['a wrong setting', { PORT: 'eighty' }, /^PORT="eighty" is not allowed. Allowed: .* 65535\.\n$/],
  [
    'a model that nobody knows',
    { PORT: '0', WHISPER_MODEL: 'gigantic', LOG_LEVEL: 'silent' },
    /^WHISPER_MODEL="gigantic" is no model of models\.lock\.json or MODELS_DIR\. There are: tiny, base, .*\n$/,
  ],
]
for (const [name, environment, line] of failures) {
  t.test(`${name} stops the start with one line`, async (t) => {
    const written = t.capture(process.stderr, 'write', () => true)
    await runApplication([], environment)
    const lines = written.args()
    written.restore()
    const { exitCode } = process
    process.exitCode = 0
    t.equal(exitCode, 1)
    t.match(lines, [[line]])
    t.equal(lines.length, 1)
  })
}
