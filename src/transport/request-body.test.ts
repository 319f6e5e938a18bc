import t from 'tap'
import { UploadBudget } from './auth/upload-budget.ts'
import { RequestBody } from './request-body.ts'

t.test('pieces of any size become what they were', async (t) => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, index) => index % 251)
  for (const size of [1, 7, 4096, 20_000]) {
    const body = new RequestBody(1 << 20)
    for (let at = 0; at < bytes.length; at += size) body.append(bytes.subarray(at, at + size))
    t.ok(Buffer.from(bytes).equals(body.content), `pieces of ${size}`)
  }
  t.equal(new RequestBody(10).content.byteLength, 0)
})

t.test('the memory is asked for, not the bytes, and is given back', async (t) => {
  const budget = new UploadBudget(1 << 20)
  const body = new RequestBody(100_000, budget.open([]))
  for (let piece = 0; piece < 10_000; piece++) {
    body.append(Uint8Array.of(piece))
    if (budget.bytes < body.receivedBytes) t.fail('more is kept than was asked for')
  }
  t.ok(budget.bytes < 20_000, `${budget.bytes}`)
  body.append(new Uint8Array(90_000))
  t.equal(budget.bytes, 100_000, 'never more than is allowed')
  body.append(Uint8Array.of(1))
  t.ok(body.isTooLarge)
  t.equal(budget.bytes, 0)
  body.append(new Uint8Array(1000))
  t.equal(budget.bytes, 0, 'what is too large is kept no more')
  t.equal(body.receivedBytes, 101_001)
})
