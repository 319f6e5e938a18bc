/** The server's own encryption, and a certificate that is renewed while people talk. */
import { once } from 'node:events'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { WebSocket } from 'ws'
import { readConfig } from '../src/config.ts'
import { startTestServer } from './voice-server.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/tls/${name}`, import.meta.url))

async function certificateName(port: number): Promise<unknown> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return CN
}

t.test('a certificate is renewed, and conversations go on', async (t) => {
  const dir = t.testdir({})
  const install = (name: string, ending: 'crt' | 'key'): void =>
    copyFileSync(fixture(`${name}.${ending}`), join(dir, `tls.${ending}`))
  install('first', 'crt')
  install('first', 'key')
  const files = { TLS_CERT: join(dir, 'tls.crt'), TLS_KEY: join(dir, 'tls.key') }
  const server = await startTestServer({ config: { doors: readConfig(files).doors } })
  t.teardown(() => server.close())
  const { port } = server
  t.equal(await certificateName(port), 'first.test')
  const socket = new WebSocket(`wss://127.0.0.1:${port}/ws?channelId=a&src=en&tgt=pt`, {
    rejectUnauthorized: false,
  })
  await once(socket, 'message')

  install('second', 'crt')
  await pause(1500)
  t.equal(await certificateName(port), 'first.test', 'half of a pair changes nothing')
  install('second', 'key')
  while ((await certificateName(port)) !== 'second.test') await pause(100)
  socket.send('{"type":"close"}')
  const [code] = (await once(socket, 'close')) as [number]
  t.equal(code, 1000, 'who was there before could finish')

  await t.rejects(fetch(`http://127.0.0.1:${port}/health`), 'nothing is said without encryption')
})

t.test('files that are no certificate and its key stop the start in one line', async (t) => {
  const dir = t.testdir({})
  writeFileSync(join(dir, 'text'), 'hello')
  const cases: readonly (readonly [cert: string, key: string, RegExp])[] = [
    [join(dir, 'none'), fixture('first.key'), /TLS_CERT cannot be read/],
    [fixture('first.crt'), join(dir, 'none'), /TLS_KEY cannot be read/],
    [join(dir, 'text'), fixture('first.key'), /in PEM/],
    [fixture('first.crt'), fixture('second.key'), /mismatch/],
  ]
  for (const [cert, key, message] of cases) {
    const { doors } = readConfig({ TLS_CERT: cert, TLS_KEY: key })
    await t.rejects(startTestServer({ config: { doors } }), { code: 'ERR_CONFIG', message }, String(message))
  }
  t.throws(() => readConfig({ TLS_CERT: fixture('first.crt') }), { message: /TLS_CERT needs TLS_KEY/ })
})
