import type { OnnxModel } from './model.ts'

/** Leaves out the nodes and constants that no output of the model depends on. */
export function pruneUnused(model: OnnxModel): OnnxModel {
  const producers = new Map(model.nodes.flatMap((node) => node.outputs.map((output) => [output, node])))
  const used = new Set<string>()
  const pending = model.outputs.map(({ name }) => name)
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (used.has(name)) continue
    used.add(name)
    const producer = producers.get(name)
    if (producer) pending.push(...producer.inputs)
  }
  return {
    ...model,
    nodes: model.nodes.filter(({ outputs }) => outputs.some((output) => output !== '' && used.has(output))),
    initializers: model.initializers.filter(({ name }) => used.has(name)),
  }
}
