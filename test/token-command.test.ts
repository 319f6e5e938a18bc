/** `npm run token` as a person runs it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build, plainEnv } from './server.ts'

await build()
const tokensFile = join(t.testdir({}), 'tokens.json')

function token(...args: string[]): {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
} {
  return spawnSync(process.execPath, ['dist/cli/token.js', ...args], {
    cwd: new URL('..', import.meta.url),
    env: { ...plainEnv(), TOKENS_FILE: tokensFile },
    encoding: 'utf8',
  })
}

t.test('a token is made, listed and revoked', async (t) => {
  t.match(token('list'), { status: 0, stdout: 'There are no tokens.\n' })
  const made = token('create', 'phone', '--days', '30')
  t.match(made, { status: 0, stdout: /^vbx_[\w-]{43}\n$/, stderr: /shown this once/ })
  t.notMatch(readFileSync(tokensFile, 'utf8'), made.stdout.trim())
  t.match(token('create', 'prometheus', '--may', 'metrics', '--channels', '3'), { status: 0 })
  const { stdout } = token('list')
  t.match(
    stdout,
    /^name +may +channels +made +expires\nphone +talk,request +\S+ +\d{4}-\d\d-\d\d\nprometheus +metrics +3 +\S+ +never\n$/,
  )
  t.match(token('create', 'phone'), { status: 1, stderr: /There is a token phone already/ })
  t.match(token('revoke', 'phone'), { status: 0, stdout: 'Revoked: phone\n' })
  t.match(token('revoke', 'phone'), { status: 1, stderr: 'There is no token phone.\n' })
  t.notMatch(token('list').stdout, 'phone')
})

t.test('wrong usage is answered with the right one', async (t) => {
  const wrong: readonly (readonly [args: string[], message: RegExp])[] = [
    [[], /^Which command/],
    [['give'], /^There is no command "give"/],
    [['create'], /^Name the token/],
    [['create', '../a'], /^Name the token/],
    [['create', 'a', 'b'], /^One token at a time/],
    [['create', 'a', '--days', '0'], /^--days must be/],
    [['create', 'a', '--may', 'fly'], /^--may fly/],
    [['create', 'a', '--channels', '0'], /^--channels must be/],
    [['list', '--days', '3'], /go with create/],
    [['create', 'a', '--forever'], /--forever/],
  ]
  for (const [args, stderr] of wrong)
    t.match(token(...args), { status: 2, stdout: '', stderr }, args.join(' '))
  t.match(token('--help'), { status: 0, stdout: /^Usage: npm run token/ })
})
