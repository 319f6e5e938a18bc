/** What people send who mean no good: refused in words, and the server goes on. */
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import t from 'tap'
import { connect, refusal, startTestServer } from './voice-server.ts'

// Nobody comes back here, and so no seat is kept for who left without a word.
const server = await startTestServer({ config: { resumeWindowMs: 0 } })
t.teardown(() => server.close())

/** Sends bytes as they are. @param after once there is an answer. @returns all that comes back until the close. */
async function sendRaw(text: string, after?: Uint8Array): Promise<string> {
  const socket = connectTcp(server.port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  socket.write(text)
  if (after) {
    await once(socket, 'data')
    socket.write(after)
  }
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

const post = (path: string, body: string): Promise<Response> =>
  fetch(server.url + path, { method: 'POST', body })

t.test('line breaks do not become headers of the answer', async (t) => {
  const injected = '%0d%0aSet-Cookie:%20a=b'
  const answer = await refusal(server, `channelId=a${injected}&src=en&tgt=pt${injected}`)
  t.equal(answer.status, 400)
  t.notOk(Object.keys(answer.headers).includes('set-cookie'))
  const requests = [
    'GET /languages HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.test\rSet-Cookie: a=b\r\nConnection: close\r\n\r\n',
    'GET /languages HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.test\0\r\nConnection: close\r\n\r\n',
    'GET /languages\r\nSet-Cookie: a=b HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET /languages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'GET /languages HTTP/1.1\r\nHost : a\r\n\r\n',
    `GET /languages HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
  ]
  const answers = await Promise.all(requests.map((request) => sendRaw(request)))
  for (const [index, request] of requests.entries()) {
    const [head = ''] = answers[index]?.split('\r\n\r\n') ?? []
    t.ok(head === '' || /^HTTP\/1\.1 4\d\d /.test(head), JSON.stringify(request.slice(0, 60)))
    t.notMatch(head, /set-cookie/i)
  }
})

t.test('no path leads out of the folder of the page', async (t) => {
  const paths = [
    '/../package.json',
    '/../../etc/passwd',
    '/samples/../../package.json',
    '/%2e%2e/package.json',
    '/%2e%2e%2fpackage.json',
    '/..%5cpackage.json',
    '/..\\package.json',
    '//etc/passwd',
    '/./index.html/../../package.json',
    '/index.html%00.js',
    '/index.html/',
    '/file:///etc/passwd',
    '/.env',
    '/token.js/../../models.lock.json',
    '/__proto__',
    '/constructor',
  ]
  for (const path of paths) {
    const answer = await sendRaw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    t.match(answer, /^HTTP\/1\.1 404 /, path)
    t.notMatch(answer, /voxbridge"|root:/, path)
  }
  for (const target of ['http://a/../package.json', 'a:443', '*']) {
    const answer = await sendRaw(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    t.match(answer, /^(HTTP\/1\.1 [45]\d\d |$)/, target)
  }
})

t.test('heads that are too long are not kept', async (t) => {
  const long = 'a'.repeat(200_000)
  for (const head of [
    `GET /ws?channelId=a&src=en&tgt=pt&token=${long} HTTP/1.1\r\nHost: localhost`,
    `GET /languages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${long}`,
    `GET /languages HTTP/1.1\r\nHost: localhost\r\nSec-WebSocket-Protocol: voxbridge.v1, token.${long}`,
    `GET /languages HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(10_000)}X: y`,
  ]) {
    const answer = await sendRaw(`${head}\r\nConnection: close\r\n\r\n`)
    t.match(answer, /^(HTTP\/1\.1 4\d\d |$)/, head.slice(0, 60))
  }
})

t.test('frames that are none end the connection, and nothing else', async (t) => {
  const handshake = [
    'GET /ws?channelId=frames&src=en&tgt=pt HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ].join('\r\n')
  const frames: readonly (readonly [string, readonly number[]])[] = [
    ['not masked', [0x81, 0x04, ...new Array<number>(8).fill(0x61)]],
    ['reserved bits', [0xf1, 0x81, 0, 0, 0, 0, 0x61]],
    ['an opcode that there is not', [0x83, 0x81, 0, 0, 0, 0, 0x61]],
    ['a text that is no UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]],
    ['a length of 2 to the power of 63', [0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a length of a gigabyte', [0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]],
    ['a long ping', [0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0]],
    ['a ping in pieces', [0x09, 0x80, 0, 0, 0, 0]],
    ['the rest of what never began', [0x80, 0x81, 0, 0, 0, 0, 0x61]],
    ['a close code that there is not', [0x88, 0x82, 0, 0, 0, 0, 0x00, 0x01]],
  ]
  for (const [what, bytes] of frames) {
    const answer = await sendRaw(`${handshake}\r\n\r\n`, Uint8Array.from(bytes))
    t.match(answer, /^HTTP\/1\.1 101 /, what)
  }
})

t.test('who sends a request slowly, or none, is cut', async (t) => {
  const starts = [
    '',
    'GET / HTTP/1.1\r\nHost: localhost\r\nX:',
    'POST /translate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n',
  ]
  const startedAt = performance.now()
  await Promise.all(
    starts.map(async (start) => {
      const socket = connectTcp(server.port, '127.0.0.1')
      const drip = setInterval(() => socket.write('x'), 1000)
      socket.on('error', () => undefined)
      if (start === '') clearInterval(drip)
      else socket.write(start)
      socket.resume()
      await once(socket, 'close')
      clearInterval(drip)
    }),
  )
  t.ok(performance.now() - startedAt < 60_000, `${Math.round(performance.now() - startedAt)} ms`)
})

t.test('keys that JavaScript knows of itself are keys like others', async (t) => {
  const bodies = [
    '{"__proto__":{"text":"a","src":"en","tgt":"pt"}}',
    '{"constructor":{"prototype":{"text":"a"}},"src":"en","tgt":"pt"}',
    '{"text":"a","src":"__proto__","tgt":"pt"}',
    '{"text":"a","src":"constructor","tgt":"pt"}',
    '{"text":"a","src":"en","tgt":"toString"}',
  ]
  for (const body of bodies) t.equal((await post('/translate', body)).status, 400, body)
  t.equal((await post('/speak', '{"text":"a","language":"pt","voice":"__proto__"}')).status, 400)
  t.notOk('text' in {}, 'nothing was written to where all objects look')
  for (const query of ['voice=__proto__', 'voice=constructor', 'partials=__proto__', 'rate=toString']) {
    t.equal((await refusal(server, `channelId=a&src=en&tgt=pt&${query}`)).status, 400, query)
  }
  const client = await connect(server, 'channelId=__proto__&src=en&tgt=pt')
  client.send({ type: 'config', ...(JSON.parse('{"__proto__":{"tgt":"xx"}}') as object) })
  client.socket.send('{"type":"config","__proto__":{"tgt":"xx"},"audio":true}')
  client.send({ type: 'close' })
  t.match(await client.next('closed'), { summary: { errors: 0 } })
  for (const type of ['__proto__', 'constructor', 'toString']) {
    const other = await connect(server, 'channelId=other&src=en&tgt=pt')
    other.socket.send(`{"type":"${type}"}`)
    t.match(await other.next('error'), { code: 'ERR_MESSAGE' })
    t.equal((await other.closed()).code, 4400)
  }
})

t.test('JSON that is large or deep', async (t) => {
  t.equal((await post('/translate', '['.repeat(60_000))).status, 400)
  t.equal((await post('/translate', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)).status, 400)
  t.equal((await post('/translate', JSON.stringify({ text: 'a'.repeat(300_000) }))).status, 413)
  const client = await connect(server, 'channelId=deep&src=en&tgt=pt')
  client.socket.send('['.repeat(16_000))
  t.match(await client.next('error'), { code: 'ERR_MESSAGE' })
})

t.test('after all of that it serves as before', async (t) => {
  t.equal((await fetch(server.url + '/health')).status, 200)
  t.equal((await post('/translate', '{"text":"a","src":"en","tgt":"pt"}')).status, 200)
})
