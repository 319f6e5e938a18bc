/** Many large bodies at once, sent slowly, sent to the wrong place, and never finished. */
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { type Environment, readConfig } from '../src/config.ts'
import { giveToken } from './door-attempts.ts'
import { startTestServer, type TestServer } from './voice-server.ts'

const MB = 2 ** 20
const tokensFile = join(t.testdir({}), 'tokens.json')
const token = await giveToken(tokensFile, 'uploader', ['request'])

async function startServer(environment: Environment = {}): Promise<TestServer> {
  const { doors } = readConfig({ TOKENS_FILE: tokensFile, TRUST_PROXY: '127.0.0.1', ...environment })
  const limits = { ...doors.limits, uploadBytes: 24 * MB }
  const server = await startTestServer({ config: { doors: { ...doors, limits } } })
  t.teardown(() => server.close())
  return server
}

interface Upload {
  readonly socket: Socket
  /** The first line of the answer, once there is one. */
  readonly status: () => string
}

/** Announces 30 MB and sends `bytes` of it. */
async function upload(
  { port }: TestServer,
  bytes: number,
  { path = '/transcribe', address = '', auth = true } = {},
): Promise<Upload> {
  const socket = connectTcp(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('error', () => undefined)
  const headers = [`Host: a`, `Content-Length: ${30 * MB}`]
  if (auth) headers.push(`Authorization: Bearer ${token}`)
  if (address !== '') headers.push(`X-Forwarded-For: ${address}`)
  socket.write(`POST ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
  const piece = zeros.subarray(0, 256 * 1024)
  for (let sent = 0; sent < bytes && !socket.destroyed; sent += piece.length) {
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
  }
  return { socket, status: () => text.split('\r\n', 1)[0] ?? '' }
}

const zeros = Buffer.alloc(MB)
const rssMb = (): number => process.memoryUsage().rss / MB

/** @returns by how many megabytes the process grew meanwhile. */
async function growthMb(work: () => Promise<void>): Promise<number> {
  const before = rssMb()
  let most = before
  const watch = setInterval(() => (most = Math.max(most, rssMb())), 5)
  await work()
  clearInterval(watch)
  t.comment(`${before.toFixed(0)} MB before, ${most.toFixed(0)} MB at most`)
  return most - before
}

const refused = (uploads: readonly Upload[]): number =>
  uploads.filter(({ status }) => status().startsWith('HTTP/1.1 503 ')).length

t.test('many unfinished uploads of one token', async (t) => {
  const server = await startServer()
  const uploads: Upload[] = []
  const growth = await growthMb(async () => {
    uploads.push(await upload(server, 3 * MB))
    await pause(200)
    uploads.push(...(await Promise.all(Array.from({ length: 39 }, () => upload(server, 3 * MB)))))
    await pause(300)
  })
  t.equal(refused(uploads), 39, 'its quarter of the room is enough for one')
  t.ok(growth < 96, `${growth.toFixed(0)} MB`)
  for (const { socket } of uploads) socket.destroy()
  await pause(200)
  const later = await upload(server, 3 * MB)
  await pause(200)
  t.equal(later.status(), '', 'when they are gone there is room again')
})

t.test('many unfinished uploads of many', async (t) => {
  const server = await startServer({ AUTH: 'false' })
  const addresses = Array.from({ length: 80 }, (_, index) => `192.0.2.${index + 1}`)
  const uploads: Upload[] = []
  const growth = await growthMb(async () => {
    uploads.push(
      ...(await Promise.all(addresses.map((address) => upload(server, 3 * MB, { address, auth: false })))),
    )
    await pause(300)
  })
  t.ok(refused(uploads) >= 74, `${refused(uploads)} of 80 are refused`)
  t.ok(refused(uploads) < 80)
  t.ok(growth < 96, `${growth.toFixed(0)} MB`)
  t.equal((await fetch(`${server.url}/health`)).status, 200)
})

t.test('what nobody asked for is not kept, however much it is', async (t) => {
  const server = await startServer()
  const wrong: readonly (readonly [string, number, boolean])[] = [
    ['/health', 405, false],
    ['/index.html', 405, false],
    ['/none', 404, false],
    ['/transcribe', 401, false],
    ['/tokens', 401, false],
  ]
  const growth = await growthMb(async () => {
    for (const [path, code, auth] of wrong) {
      const { socket, status } = await upload(server, 20 * MB, { path, auth })
      while (status() === '') await pause(10)
      t.match(status(), `HTTP/1.1 ${code} `, path)
      socket.destroy()
    }
  })
  t.ok(growth < 32, `${growth.toFixed(0)} MB`)
})
