/** A bad line to a server: a TCP relay that delays everything and can be cut, with all that is on its way. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface BadLine {
  readonly port: number
  /** Whether new connections are cut at once. */
  down: boolean
  /**
   * Cuts all connections.
   * @param halfOpen whether the server goes on believing in them
   */
  cut(halfOpen: boolean): void
  close(): void
}

export interface BadLineOptions {
  /** Port of the server on this machine. */
  readonly port: number
  /** How long each byte is on its way. */
  readonly delayMs: number
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

export async function startBadLine({ port, delayMs }: BadLineOptions): Promise<BadLine> {
  const pairs = new Set<Pair>()
  /** Connections that the server alone believes in. */
  const zombies = new Set<Socket>()
  const relay = createServer({ noDelay: true })
  const join = (client: Socket): void => {
    const server = connect({ port, host: '127.0.0.1', noDelay: true })
    const pair = { client, server }
    pairs.add(pair)
    const isUp = (): boolean => pairs.has(pair)
    forward(client, server, delayMs, isUp)
    forward(server, client, delayMs, isUp)
    const forget = (): void => {
      if (!client.destroyed || !server.destroyed) return
      pairs.delete(pair)
      zombies.delete(server)
    }
    client.on('close', forget)
    server.on('close', forget)
  }
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const line: BadLine = {
    port: (relay.address() as AddressInfo).port,
    down: false,
    cut(halfOpen) {
      for (const pair of pairs) {
        pairs.delete(pair)
        pair.client.destroy()
        if (halfOpen) zombies.add(pair.server.resume())
        else pair.server.destroy()
      }
    },
    close() {
      relay.close()
      line.cut(false)
      for (const zombie of zombies) zombie.destroy()
    },
  }
  relay.on('connection', (client) => {
    if (line.down) client.destroy()
    else join(client)
  })
  return line
}

/** What is on its way when the line is cut never arrives. */
function forward(from: Socket, to: Socket, delayMs: number, isUp: () => boolean): void {
  const later = (act: () => void): void => {
    setTimeout(() => {
      if (isUp()) act()
    }, delayMs)
  }
  from.on('data', (data) => later(() => to.write(data)))
  from.on('end', () => later(() => to.end()))
  from.on('error', () => undefined)
  from.on('close', () => later(() => to.destroy()))
}
