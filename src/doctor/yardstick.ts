/** How fast this machine multiplies matrices, so that what models take elsewhere can be told for here. */
import { Tensor } from 'onnxruntime-node'
import { GraphBuilder } from '../models/onnx/graph-builder.ts'
import { createSession } from '../models/session.ts'

const runs = 30
/** A product of this shape is about what one layer of Whisper base multiplies. */
const rows = 512
const inner = 2048
const columns = 512

/**
 * @returns the fastest of some multiplications by one thread, in milliseconds: what else the machine does can only slow
 *   them down.
 */
export async function measureYardstick(): Promise<number> {
  const graph = new GraphBuilder('yardstick')
  graph.input('a', 'float32', [rows, inner])
  graph.input('b', 'float32', [inner, columns])
  graph.node('MatMul', ['a', 'b'], { outputs: ['c'] })
  graph.output('c', 'float32', [rows, columns])
  const session = await createSession(graph.build({ irVersion: 9, opset: 20 }), { threads: 1 })
  const feeds = {
    a: new Tensor('float32', new Float32Array(rows * inner).fill(0.5), [rows, inner]),
    b: new Tensor('float32', new Float32Array(inner * columns).fill(0.5), [inner, columns]),
  }
  try {
    let fastestMs = Infinity
    for (let run = 0; run < runs; run++) {
      const startedAt = performance.now()
      await session.run(feeds)
      fastestMs = Math.min(fastestMs, performance.now() - startedAt)
    }
    return fastestMs
  } finally {
    await session.release()
  }
}
