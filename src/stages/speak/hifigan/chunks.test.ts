import t from 'tap'
import { chunksOf } from './chunks.ts'

const framesPerSecond = 22_050 / 256

const lengths = (frames: number): number[] =>
  [...chunksOf(frames, framesPerSecond)].map(({ start, end }) => end - start)

t.test('the first chunk is 200 ms, the next double up to a limit, and no small rest is left', (t) => {
  t.same(lengths(18 + 36 + 72 + 128 + 128 + 70), [18, 36, 72, 128, 128, 70])
  t.same(lengths(18 + 36 + 72 + 128 + 60), [18, 36, 72, 188])
  t.same(lengths(26), [26])
  t.same(lengths(1), [1])
  t.same(lengths(0), [])
  t.end()
})

t.test('chunks cover everything once', (t) => {
  for (let frames = 1; frames < 700; frames += 7) {
    let end = 0
    for (const chunk of chunksOf(frames, framesPerSecond)) {
      t.equal(chunk.start, end)
      end = chunk.end
    }
    t.equal(end, frames)
  }
  t.end()
})
