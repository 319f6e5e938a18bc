import t from 'tap'
import { checkPackageClient, packageClients } from './package-clients.ts'

const client = {
  subject: 'pip',
  commands: [
    ['no-such-program', '-m', 'pip'],
    ['echo', 'pip 23.2.1 from somewhere'],
  ],
  version: /^pip ([\d.]+).*/,
  oldest: 20,
  remedy: 'Install it.',
} as const

t.test('the first command that answers counts', async (t) => {
  t.match(await checkPackageClient(client, true), { state: 'ok', found: /^pip 23\.2\.1/ })
})

t.test('one that is too old or missing matters as long as models are to be fetched', async (t) => {
  const old = { ...client, oldest: 99 }
  t.match(await checkPackageClient(old, true), { state: 'failure', found: '23.2.1, which is too old' })
  const missing = { ...client, commands: [['no-such-program']] as const }
  t.match(await checkPackageClient(missing, true), {
    state: 'failure',
    found: 'not found',
    remedy: /^Install it\./,
  })
  t.match(await checkPackageClient(missing, false), { state: 'warning' })
})

t.test('npm is here, or these tests would not run', async (t) => {
  const npm = packageClients.find(({ subject }) => subject === 'npm')
  t.ok(npm)
  if (npm) t.equal((await checkPackageClient(npm, true)).state, 'ok')
})
