import t from 'tap'
import { NativeGate } from './native-gate.ts'

t.test('it is busy while anybody is inside, whatever comes of it', async (t) => {
  const gate = new NativeGate()
  const sameGate = new NativeGate(gate.memory)
  let leave = (): void => undefined
  const inside = gate.pass(() => new Promise<void>((resolve) => (leave = resolve)))
  const failing = gate.pass(() => Promise.reject(new Error('no')))
  t.equal(sameGate.busy, true)
  await t.rejects(failing, { message: 'no' })
  t.equal(sameGate.busy, true)
  leave()
  await inside
  t.equal(sameGate.busy, false)
})

t.test('once it is shut nobody gets in, and who is inside gets out', async (t) => {
  const gate = new NativeGate()
  let leave = (): void => undefined
  const inside = gate.pass(() => new Promise<number>((resolve) => (leave = () => resolve(7))))
  gate.shut()
  await t.rejects(
    gate.pass(() => Promise.resolve(t.fail('it got in'))),
    { code: 'ERR_ENGINE_GONE' },
  )
  leave()
  t.equal(await inside, 7)
  t.equal(gate.busy, false)
})
