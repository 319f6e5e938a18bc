import { VoxbridgeError } from '../../errors.ts'
import type { OnnxModel } from './model.ts'

/**
 * Lengthens a model: the inputs of `tail` that are named like outputs of `head` are fed by them, the others become
 * inputs of the result, and the outputs of `tail` are its outputs.
 * @throws VoxbridgeError ERR_MODEL_FORMAT where both use one name for different values.
 */
export function appendModel(head: OnnxModel, tail: OnnxModel): OnnxModel {
  const joined = new Set(head.outputs.map(({ name }) => name))
  const taken = new Set([
    ...head.inputs.map(({ name }) => name),
    ...head.initializers.map(({ name }) => name),
    ...head.nodes.flatMap(({ outputs }) => outputs),
  ])
  const inputs = tail.inputs.filter(({ name }) => !joined.has(name))
  const added = [
    ...inputs.map(({ name }) => name),
    ...tail.initializers.map(({ name }) => name),
    ...tail.nodes.flatMap(({ outputs }) => outputs),
  ]
  const clash = added.find((name) => name !== '' && taken.has(name))
  if (clash !== undefined) {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `the model already has a value named ${clash}`)
  }
  return {
    ...head,
    nodes: [...head.nodes, ...tail.nodes],
    initializers: [...head.initializers, ...tail.initializers],
    inputs: [...head.inputs, ...inputs],
    outputs: tail.outputs,
  }
}
