import t from 'tap'
import { closedPassage } from './closed-passage.ts'

function closed(text: string, waitingMs: number): string {
  const words = [...text.matchAll(/\s*[\p{L}\p{N}']+|\s*[^\s\p{L}\p{N}']/gu)].map(([part]) => ({
    text: part,
    tokens: [1],
  }))
  return words
    .slice(0, closedPassage(words, waitingMs))
    .map(({ text }) => text)
    .join('')
}

void t.test('whole sentences are closed at once, the last of them with those before it', async (t) => {
  t.equal(closed('Good morning. How are you? I am', 1000), 'Good morning. How are you?')
  t.equal(closed('Good morning, I am', 1000), '')
})

void t.test('a clause is closed only after a while, and only a long one', async (t) => {
  const text = 'When we came home that night, the door was'
  t.equal(closed(text, 4000), '')
  t.equal(closed(text, 5000), 'When we came home that night,')
  t.equal(closed('Well, we went', 5000), '')
})

void t.test('speech without any mark is closed after a long while', async (t) => {
  const text = 'and the door was open so we went in'
  t.equal(closed(text, 9000), '')
  t.equal(closed(text, 10_000), text)
  t.equal(closed('and the door', 10_000), '')
})
