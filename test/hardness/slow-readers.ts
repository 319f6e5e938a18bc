/** `npm run test:slow-readers`: what do listeners cost that read slowly, or not at all? */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { readCount, readPositive, runBench } from '../../bench/run-bench.ts'
import { readMemory, type SmallServer, startSmallServer } from './small-server.ts'
import { SteadyConversation } from './steady-conversation.ts'

const usage = `
usage: npm run test:slow-readers -- [--readers 50] [--seconds 60] [--url URL --pid PID]

Half of the readers stop reading at once, half take a few kilobytes each second. All have more speech said than
a connection can hold, and captions as well. The server has small engines in place of the models; --url and --pid name a real
one on this machine instead.`

/** What one listener may cost: waiting speech, what was sent of late, what waits in the socket. */
const maxMbEach = 8
/** Each is twenty seconds of speech: soon more than is kept for a listener. */
const textEveryMs = 4000
const piece = new Uint8Array(6400).fill(32)

interface Reader {
  readonly socket: WebSocket
  leave(): void
}

async function openReader(base: URL, number: number, voice: string): Promise<Reader> {
  const url = new URL(`ws?channelId=slow-${number}&src=en&tgt=pt${voice}`, base)
  url.protocol = 'ws:'
  const socket = new WebSocket(url, { perMessageDeflate: false })
  await once(socket, 'open')
  socket.pause()
  const text = `Leitor número ${number}: isto é uma frase que demora um pouco a dizer.`
  const timers = [
    setInterval(() => socket.send(JSON.stringify({ type: 'speak', text, language: 'pt' })), textEveryMs),
    setInterval(() => socket.send(piece), 200),
  ]
  if (number % 2 === 1) {
    const trickle = (): void => {
      socket.resume()
      setImmediate(() => socket.pause())
    }
    timers.push(setInterval(trickle, 1000))
  }
  return {
    socket,
    leave() {
      for (const timer of timers) clearInterval(timer)
      socket.terminate()
    },
  }
}

async function openServer(url: string | undefined, pid: string | undefined): Promise<SmallServer> {
  if (url === undefined) return startSmallServer({ ruiSpeaksMs: 20_000, maxChannels: 1000 })
  return {
    port: Number(new URL(url).port),
    death: undefined,
    memory: () => readMemory(Number(pid)),
    close: async () => undefined,
  }
}

interface Options {
  readonly count: number
  readonly seconds: number
  /** Undefined: a server with small engines. */
  readonly url: string | undefined
  readonly pid: string | undefined
}

/** @returns whether they cost no more than they may */
async function prove({ count, pid, seconds, url }: Options): Promise<boolean> {
  const server = await openServer(url, pid)
  const readers: Reader[] = []
  try {
    const steady = url === undefined ? await SteadyConversation.open(server.port, 'steady') : undefined
    await sleep(2000)
    const before = await server.memory()
    const voice = url === undefined ? '&voice=rui' : ''
    const base = new URL(`http://127.0.0.1:${server.port}/`)
    for (let number = 0; number < count; number++) readers.push(await openReader(base, number, voice))
    const until = performance.now() + seconds * 1000
    while (performance.now() < until) {
      await sleep(5000)
      const { nowMb, peakMb } = await server.memory()
      const open = readers.filter(({ socket }) => socket.readyState === WebSocket.OPEN).length
      console.log(`${open} readers: ${nowMb.toFixed(0)} MB, at most ${peakMb.toFixed(0)} MB`)
    }
    for (const reader of readers) reader.leave()
    const { peakMb } = await server.memory()
    const eachMb = (peakMb - before.nowMb) / count
    console.log(
      `\n${count} readers: ${before.nowMb.toFixed(0)} MB before, ${peakMb.toFixed(0)} MB at most, ${eachMb.toFixed(1)} MB each`,
    )
    if (!steady) return eachMb < maxMbEach
    const { answered, incidents, lost, said, slowestMs } = await steady.finish()
    console.log(
      `the conversation beside them: ${said} utterances, ${answered} answered, ${lost} lost, ${incidents.length} incidents, the slowest answer after ${slowestMs.toFixed(0)} ms`,
    )
    return eachMb < maxMbEach && lost === 0 && incidents.length === 0
  } finally {
    for (const reader of readers) reader.leave()
    await server.close()
  }
}

await runBench(
  {
    usage,
    options: {
      readers: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '60' },
      url: { type: 'string' },
      pid: { type: 'string' },
    },
  },
  async ({ pid, readers, seconds, url }) => {
    const count = readCount(readers, '--readers')
    if (!(await prove({ count, seconds: readPositive(seconds, '--seconds'), url, pid }))) process.exitCode = 1
  },
)
