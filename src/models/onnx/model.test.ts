import t from 'tap'
import { type OnnxNode, decodeModel, encodeAttribute, readIntsAttribute } from './model.ts'

/** A minimal model with one uint8 tensor `a` of one element, and more encoded fields of that tensor. */
function modelWithTensor(...fields: number[]): Uint8Array {
  const tensor = [0x08, 1, 0x10, 2, 0x42, 1, 0x61, 0x4a, 1, 7, ...fields]
  const graph = [0x2a, tensor.length, ...tensor]
  return Uint8Array.from([0x08, 8, 0x3a, graph.length, ...graph, 0x42, 2, 0x10, 17])
}

t.test('weights inside the file may say so; weights in another file are refused', (t) => {
  const dataLocation = 0x70
  const [inside] = decodeModel(modelWithTensor(dataLocation, 0)).initializers
  t.same(Array.from(inside?.data ?? []), [7])
  t.throws(() => decodeModel(modelWithTensor(dataLocation, 1)), /tensor a keeps its data in another file/)
  t.end()
})

t.test('integer attributes are read back', (t) => {
  const attributes = [encodeAttribute('pads', { ints: [1, -2, 300] }), encodeAttribute('axis', { int: -1 })]
  const node: OnnxNode = { opType: 'Pad', domain: '', name: '', inputs: [], outputs: [], attributes }
  t.same(readIntsAttribute(node, 'pads'), [1, -2, 300])
  t.same(readIntsAttribute(node, 'axis'), [-1])
  t.equal(readIntsAttribute(node, 'mode'), undefined)
  t.end()
})
