// Loaded into the server with `node --import`, and by that into each of its workers: lets a worker meet with an
// accident when the parent process says so. The server itself knows nothing of it.
import { BroadcastChannel, isMainThread, workerData } from 'node:worker_threads'

const channel = new BroadcastChannel('mishaps')
channel.unref()

const mishaps = {
  crash() {
    setImmediate(() => {
      throw new Error('chaos')
    })
  },
  exit() {
    process.exit(9)
  },
  hang() {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
  hoard() {
    for (const hoard = []; ;) hoard.push(new Array(100_000).fill(1.5))
  },
}

if (isMainThread) {
  process.on('message', (mishap) => channel.postMessage(mishap))
  process.channel?.unref()
} else {
  channel.onmessage = ({ data: { engine, kind } }) => {
    if (workerData?.engine === engine) mishaps[kind]()
  }
}
