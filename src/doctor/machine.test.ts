import t from 'tap'
import { checkGlibc, checkMemory, checkNode, checkProcessor } from './machine.ts'

t.test('Node', async (t) => {
  t.equal(checkNode('20.20.2').state, 'ok')
  t.equal(checkNode('22.1.0').state, 'ok')
  t.match(checkNode('21.7.0'), { state: 'failure', found: '21.7.0', remedy: /Node 20 or 22/ })
  t.equal(checkNode().state, 'ok', 'the one that runs this')
})

t.test('the C library', async (t) => {
  t.equal(checkGlibc('2.36').state, 'ok')
  t.equal(checkGlibc('2.28').state, 'ok')
  t.match(checkGlibc('2.5'), { state: 'failure', remedy: /2\.28 or newer/ }, '2.5 is older than 2.28')
  t.equal(checkGlibc().state, 'ok', 'the one here')
})

t.test('the processor', async (t) => {
  t.equal(checkProcessor(2).state, 'ok')
  t.match(checkProcessor(1), { state: 'warning', found: /^1 core\b/, remedy: /two cores/ })
})

t.test('memory', async (t) => {
  const modelBytes = 307e6
  const memory = { totalBytes: 4e9, availableBytes: 2e9 }
  t.equal(checkMemory(modelBytes, memory).state, 'ok')
  t.match(checkMemory(modelBytes, { ...memory, availableBytes: 0.5e9 }), {
    state: 'warning',
    found: '0.5 GB free of 4.0 GB; the server needs about 1.0 GB',
    remedy: /smaller models/,
  })
  t.equal(checkMemory(modelBytes, { totalBytes: 0.5e9, availableBytes: 0.4e9 }).state, 'failure')
  t.equal(checkMemory(0).state, 'ok', 'of this machine')
})
