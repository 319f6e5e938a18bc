import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { appendModel } from './append.ts'
import { GraphBuilder } from './graph-builder.ts'
import { type OnnxModel, decodeModel, encodeModel } from './model.ts'
import { pruneUnused } from './prune.ts'

const versions = { irVersion: 9, opset: 20 }

function head(): OnnxModel {
  const graph = new GraphBuilder('head')
  graph.input('x', 'float32', ['n'])
  graph.node('Mul', ['x', graph.constant('two', [], Float32Array.of(2))], { outputs: ['doubled'] })
  graph.node('Mul', ['x', graph.constant('three', [], Float32Array.of(3))], { outputs: ['tripled'] })
  graph.output('doubled', 'float32', ['n'])
  graph.output('tripled', 'float32', ['n'])
  return decodeModel(graph.build(versions))
}

function tail(constant: string): OnnxModel {
  const graph = new GraphBuilder('tail')
  graph.input('doubled', 'float32', ['n'])
  graph.input('offset', 'float32', ['n'])
  const moved = graph.node('Add', ['doubled', 'offset'], { outputs: ['tail/moved'] })
  graph.node('Add', [moved, graph.constant(constant, [], Float32Array.of(0.5))], { outputs: ['y'] })
  graph.output('y', 'float32', ['n'])
  return decodeModel(graph.build(versions))
}

/** GraphBuilder numbers its values, so both parts name theirs. */
t.test('a model is lengthened by another', async (t) => {
  const model = appendModel(head(), tail('half'))
  t.same(
    model.inputs.map(({ name }) => name),
    ['x', 'offset'],
  )
  const session = await InferenceSession.create(encodeModel(model))
  t.same(session.outputNames, ['y'])
  const { y } = await session.run({
    x: new Tensor('float32', [1, 2], [2]),
    offset: new Tensor('float32', [10, 20], [2]),
  })
  t.same(Array.from(y?.data as Float32Array), [12.5, 24.5])
  await session.release()
})

t.test('two values of one name are refused', (t) => {
  t.throws(() => appendModel(head(), tail('two')), { code: 'ERR_MODEL_FORMAT', message: /a value named two/ })
  t.end()
})

t.test('what no output needs is pruned', async (t) => {
  const pruned = pruneUnused(appendModel(head(), tail('half')))
  t.equal(pruned.nodes.length, 3)
  t.same(
    pruned.initializers.map(({ name }) => name),
    ['two', 'half'],
  )
  const session = await InferenceSession.create(encodeModel(pruned))
  await session.release()
})
