import t from 'tap'
import { idleLoad, type Load } from '../models/load.ts'
import { Admission, type RefusalCause } from './admission.ts'

const fullLoad: Load = {
  ...idleLoad,
  level: 'full',
  full: { cause: 'waiting', message: 'answers wait 900 ms for their turn in whisper' },
}

function admissionOf(open: number, load: Load): { admission: Admission; refused: RefusalCause[] } {
  const refused: RefusalCause[] = []
  const admission = new Admission({
    maxChannels: 3,
    sessions: { size: open },
    load: { refresh: () => load },
    onRefused: (cause) => refused.push(cause),
  })
  return { admission, refused }
}

t.test('there is room up to the limit', async (t) => {
  const { admission, refused } = admissionOf(2, idleLoad)
  admission.checkChannel()
  admission.checkRequest()
  t.same(refused, [])
})

t.test('the limit of channels', async (t) => {
  const { admission, refused } = admissionOf(3, idleLoad)
  t.throws(() => admission.checkChannel(), { code: 'ERR_OVERLOADED', message: /all 3 channels are in use/ })
  admission.checkRequest()
  t.same(refused, ['channels'])
})

t.test('a full machine takes neither channels nor requests', async (t) => {
  const { admission, refused } = admissionOf(1, fullLoad)
  const expected = { code: 'ERR_OVERLOADED', message: /answers wait 900 ms/ }
  t.throws(() => admission.checkChannel(), expected)
  t.throws(() => admission.checkRequest(), expected)
  t.same(refused, ['waiting', 'waiting'])
})

t.test('the first is always let in', async (t) => {
  const { admission, refused } = admissionOf(0, fullLoad)
  admission.checkChannel()
  admission.checkRequest()
  t.same(refused, [])
})
