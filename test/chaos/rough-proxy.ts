/** A TCP proxy that behaves as bad networks do: it delays, it stalls, it cuts. */
import { once, setMaxListeners } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { between, type Random } from '../../bench/seeded-random.ts'

export interface Roughness {
  /** Each packet waits for up to so long; order is kept. */
  readonly jitterMs: number
  /** A connection is cut at a moment between these; where it has ended by then, it was spared. */
  readonly cutAfterMs: readonly [number, number]
  /** Share of the connections whose client reads nothing for some time. */
  readonly slowShare: number
  readonly stallMs: readonly [number, number]
}

export interface RoughProxy {
  readonly port: number
  /** Connections that were cut so far. */
  readonly cuts: number
  /** Times that a client read nothing. */
  readonly stalls: number
  /** From now on everything passes. */
  calm(): void
  close(): Promise<void>
}

export async function startRoughProxy(
  targetPort: number,
  { jitterMs, cutAfterMs, slowShare, stallMs }: Roughness,
  random: Random,
): Promise<RoughProxy> {
  const calmed = new AbortController()
  const { signal } = calmed
  setMaxListeners(0, signal)
  const sockets = new Set<Socket>()
  let [cuts, stalls] = [0, 0]

  const later = async (range: readonly [number, number], action: () => void): Promise<void> => {
    const waited = await delay(between(random, ...range), true, { signal, ref: false }).catch(() => false)
    if (waited) action()
  }

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: targetPort, host: '127.0.0.1', noDelay: true })
    const open = (): boolean => !client.destroyed && !upstream.destroyed
    const cut = (): void => {
      client.destroy()
      upstream.destroy()
    }
    const reader = { stalled: Promise.resolve() }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', cut)
      socket.on('close', () => sockets.delete(socket))
    }
    const pause = (): number => (signal.aborted ? 0 : between(random, 0, jitterMs))
    void pass(client, upstream, async () => void (await delay(pause())))
    void pass(upstream, client, async () => {
      await delay(pause())
      await reader.stalled
    })
    void later(cutAfterMs, () => {
      if (!open()) return
      cuts++
      cut()
    })
    if (random() < slowShare) {
      void later([0, cutAfterMs[0]], () => {
        if (!open()) return
        stalls++
        reader.stalled = delay(between(random, ...stallMs), undefined, { signal }).catch(() => undefined)
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get cuts() {
      return cuts
    },
    get stalls() {
      return stalls
    },
    calm: () => calmed.abort(),
    async close() {
      calmed.abort()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** While it waits, nothing is read: what the sender has in flight is bounded by the buffers of the two sockets. */
async function pass(from: Socket, to: Socket, wait: () => Promise<void>): Promise<void> {
  try {
    for await (const chunk of from) {
      await wait()
      if (!to.write(chunk as Buffer)) await Promise.race([once(to, 'drain'), once(to, 'close')])
    }
    to.end()
  } catch {
    to.destroy()
  }
}
