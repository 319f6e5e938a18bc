/** A reverse proxy that serves another server below a path, as nginx would. */
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Test } from 'tap'

/** @returns the address of the path; the proxy ends with the test. */
export async function startReverseProxy(t: Test, target: URL, path: string): Promise<URL> {
  const below = (url = ''): string => url.replace(path, '/')
  const proxy = createServer((incoming, outgoing) => {
    if (!incoming.url?.startsWith(path)) return void outgoing.writeHead(404).end()
    const { method, headers } = incoming
    const forwarded = request(new URL(below(incoming.url), target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  })
  proxy.on('upgrade', ({ method, url, rawHeaders }, client) => {
    const server = connect(Number(target.port), target.hostname, () => {
      server.write(`${method} ${below(url)} HTTP/1.1\r\n`)
      for (let index = 0; index < rawHeaders.length; index += 2) {
        server.write(`${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`)
      }
      server.write('\r\n')
      client.pipe(server).pipe(client)
    })
    client.on('error', () => server.destroy())
    server.on('error', () => client.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => {
    proxy.close()
    proxy.closeAllConnections()
  })
  return new URL(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}${path}`)
}
