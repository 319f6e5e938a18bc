import t from 'tap'
import { type WhisperDescription } from './model-description.ts'
import { chooseToken, mostProbable, probabilityOf } from './token-rules.ts'

/** Text 0 to 4, special tokens 5 to 9, timestamps from 10 (0.00 s) to 19. */
const description: WhisperDescription = {
  engine: 'whisper',
  precision: 'fp32',
  shape: {
    melBins: 80,
    encoderLayers: 1,
    decoderLayers: 1,
    heads: 1,
    headSize: 1,
    modelSize: 1,
    audioContext: 1,
    textContext: 1,
    vocabularySize: 20,
  },
  tokens: {
    endOfText: 5,
    startOfTranscript: 6,
    transcribe: 7,
    noSpeech: 8,
    noTimestamps: 9,
    firstTimestamp: 10,
  },
  multilingual: true,
  languages: {},
  suppressed: [4, 6, 7, 8],
  suppressedAtStart: [0, 5],
}

function logits(entries: Record<number, number>): Float32Array {
  const values = new Float32Array(20).fill(-20)
  for (const [id, value] of Object.entries(entries)) values[Number(id)] = value
  return values
}

function choose(entries: Record<number, number>, generated: number[], timestamps = true): number {
  return chooseToken(logits(entries), generated, description, timestamps)
}

t.test('the best allowed token wins', (t) => {
  t.equal(choose({ 1: 3, 2: 4, 4: 9, 8: 9, 9: 9 }, [1]), 2)
  t.equal(choose({ 0: 5, 1: 3, 5: 6 }, []), 1, 'some may not come first')
  t.equal(choose({ 0: 5, 1: 3 }, [1]), 0, 'but later')
  t.equal(choose({ 5: 6, 1: 3 }, [1]), 5)
  t.end()
})

t.test('timestamps win by the sum of their probabilities', (t) => {
  const many = { 12: 1, 13: 1.2, 14: 1, 15: 1 }
  t.equal(choose({ 1: 2, ...many }, [1]), 13)
  t.equal(choose({ 1: 2, ...many }, [1], false), 1, 'where they are wanted')
  t.equal(choose({ 1: 4, ...many }, [1]), 1)
  t.end()
})

t.test('timestamps come in pairs and never go back', (t) => {
  t.equal(choose({ 1: 1, 12: 9 }, []), 1, 'the prompt opens the first segment')
  t.equal(choose({ 11: 9, 13: 8 }, [1, 12, 12, 1]), 13, 'not before the last one')
  t.equal(choose({ 12: 9, 13: 8 }, [1, 12, 12, 1]), 13, 'a segment has a length')
  t.equal(choose({ 1: 9, 12: 2 }, [1, 12]), 12, 'the next segment starts where the last ended')
  t.equal(choose({ 1: 9, 5: 4, 12: 2 }, [1, 12]), 5, 'or there is none')
  t.equal(choose({ 1: 1, 13: 9 }, [1, 12, 12]), 1, 'a segment has text')
  t.end()
})

t.test('logits that are no numbers end the text', (t) => {
  t.equal(chooseToken(new Float32Array(20).fill(NaN), [1], description, true), 5)
  t.equal(mostProbable(new Float32Array(3).fill(-Infinity), 0, 3), undefined)
  t.end()
})

t.test('probabilities sum to one', (t) => {
  const values = Float32Array.of(1, 2, 3)
  const sum = [0, 1, 2].reduce((total, id) => total + probabilityOf(values, id), 0)
  t.ok(Math.abs(sum - 1) < 1e-6)
  t.ok(Math.abs(probabilityOf(values, 2) - 0.66524) < 1e-4)
  t.end()
})
