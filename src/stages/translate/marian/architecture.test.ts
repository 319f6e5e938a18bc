import t from 'tap'
import { studentConfig } from '../../../../test/fixtures/marian-student.ts'
import { readArchitecture } from './architecture.ts'

const size = {
  embedding: 384,
  feedForward: 1536,
  heads: 8,
  encoderLayers: 6,
  decoderLayers: 4,
  vocabulary: 32_000,
}

t.test('the size of a student is read', (t) => {
  const { vocabulary, ...rest } = size
  t.same(readArchitecture(studentConfig(size)), {
    ...rest,
    sourceVocabulary: vocabulary,
    targetVocabulary: vocabulary,
  })
  t.end()
})

const refused: readonly [string, string, RegExp][] = [
  ['type', 'amun', /type is "amun", supported is "transformer"/],
  ['dec-cell', 'gru', /dec-cell is "gru", supported is "ssru"/],
  ['transformer-decoder-autoreg', 'self-attention', /autoreg is "self-attention", supported is "rnn"/],
  ['transformer-postprocess', 'dn', /postprocess is "dn", supported is "dan"/],
  ['transformer-ffn-activation', 'swish', /supported is "relu"/],
  ['transformer-tied-layers', '[1, 1, 2]', /tied-layers is "1 1 2", supported is ""/],
  ['tied-embeddings-all', 'false', /output layer has weights of its own/],
  ['transformer-heads', '7', /384 cannot be shared by 7 heads/],
  ['dim-emb', 'wide', /dim-emb is "wide"/],
  ['type', '[', /not YAML/],
]
for (const [option, value, message] of refused) {
  t.test(`${option}: ${value} is refused`, (t) => {
    const config = studentConfig(size, { [option]: value })
    t.throws(() => readArchitecture(config), { code: 'ERR_MODEL_FORMAT', message })
    t.end()
  })
}

t.test('all differences are named at once', (t) => {
  const config = studentConfig(size, { type: 's2s', 'dec-cell': 'lstm' })
  t.throws(() => readArchitecture(config), { message: /type is "s2s".*dec-cell is "lstm"/ })
  t.throws(() => readArchitecture('type: transformer'), { message: /dec-cell is missing/ })
  t.throws(() => readArchitecture('just text'), { message: /holds no options/ })
  t.end()
})
