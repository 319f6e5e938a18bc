import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { writeVocabulary } from '../../../test/fixtures/sentencepiece-vocabulary.ts'
import { SentencePiece } from './sentencepiece.ts'

const dir = t.testdir({ 'text.spm': 'not a model' })
await writeFile(join(dir, 'vocab.spm'), writeVocabulary('a', 'b'))

t.test('text to ids, to pieces, and back', async (t) => {
  const sentencePiece = await SentencePiece.load(join(dir, 'vocab.spm'))
  t.same(sentencePiece.encode('b a'), [3, 2])
  t.same(sentencePiece.encodeToPieces('b a'), ['▁b', '▁a'])
  t.same(sentencePiece.encodeToPieces('b é'), ['▁b', '▁é'], 'unknown text as it is')
  t.equal(sentencePiece.decode([3, 2]), 'b a')
})

t.test('models do not share their vocabulary', async (t) => {
  await writeFile(join(dir, 'other.spm'), writeVocabulary('c', 'a'))
  const first = await SentencePiece.load(join(dir, 'vocab.spm'))
  const second = await SentencePiece.load(join(dir, 'other.spm'))
  t.same([first.encode('a'), second.encode('a')], [[2], [3]])
})

t.test('another file is named', async (t) => {
  await t.rejects(SentencePiece.load(join(dir, 'text.spm')), {
    code: 'ERR_MODEL_FORMAT',
    message: 'text.spm is not a SentencePiece model',
  })
})
