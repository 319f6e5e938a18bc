import t from 'tap'
import { FairLane } from './fair-lane.ts'

/** Entries are named by their channel: `a1` is the first of channel a. */
function filled(names: readonly string[], memory = 10): FairLane<string> {
  const lane = new FairLane<string>(memory)
  push(lane, ...names)
  return lane
}

function push(lane: FairLane<string>, ...names: string[]): void {
  for (const name of names) lane.push(name, name.slice(0, 1))
}

function serve(lane: FairLane<string>, count = lane.size): string[] {
  return Array.from({ length: count }, () => lane.shift() ?? 'nothing')
}

t.test('channels are served in turn, each in its own order', async (t) => {
  const lane = filled(['a1', 'a2', 'a3', 'b1', 'c1', 'c2'])
  t.same(serve(lane), ['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
  t.equal(lane.shift(), undefined)
})

t.test('who was served longest ago is next, also after having nothing to ask', async (t) => {
  const lane = filled(['a1', 'b1', 'c1'])
  serve(lane)
  push(lane, 'c2', 'b2', 'a2')
  t.same(serve(lane), ['a2', 'b2', 'c2'])
})

t.test('who never was served comes first', async (t) => {
  const lane = filled(['a1', 'b1'])
  serve(lane)
  push(lane, 'a2', 'b2', 'd1', 'e1')
  t.same(serve(lane), ['d1', 'e1', 'a2', 'b2'])
})

t.test('what is taken back costs nobody a turn', async (t) => {
  const lane = filled(['a1', 'a2', 'b1', 'c1'])
  lane.remove('a1')
  lane.remove('b1')
  lane.remove('never there')
  t.equal(lane.size, 2)
  t.same(serve(lane), ['a2', 'c1'])
  push(lane, 'c2', 'b2')
  t.same(serve(lane), ['b2', 'c2'])
})

t.test('a channel that asks without end does not keep the others out', async (t) => {
  const lane = filled(['a1'])
  const served: string[] = []
  for (let turn = 0; turn < 6; turn++) {
    push(lane, 'a')
    if (turn === 2) push(lane, 'b')
    served.push(lane.shift() ?? 'nothing')
  }
  t.same(served, ['a1', 'a', 'b', 'a', 'a', 'a'])
})

t.test('only so many channels are remembered', async (t) => {
  const lane = filled(['a1', 'b1', 'c1'], 2)
  serve(lane)
  push(lane, 'b2', 'c2', 'a2')
  t.same(serve(lane), ['a2', 'b2', 'c2'], 'a is forgotten and counts as new')
})
