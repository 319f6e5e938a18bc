/** WebSocket frames that no client should send, through raw sockets. */
import type { Random } from '../../bench/seeded-random.ts'
import { bytes, integer, pick } from './fuzz-values.ts'
import type { Target } from './fuzz-requests.ts'
import { exchange, upgradeRequest } from './raw-socket.ts'

interface Frame {
  /** FIN, RSV1 to 3 and the opcode. */
  readonly first: number
  readonly payload: Buffer
  readonly masked?: boolean
  /** In place of the payload's own. */
  readonly length?: bigint
}

const [text, binary, ping, close] = [0x81, 0x82, 0x89, 0x88]

function encode({ first, payload, masked = true, length = BigInt(payload.length) }: Frame): Buffer {
  const maskBit = masked ? 0x80 : 0
  const head = Buffer.alloc(length < 126n ? 2 : length < 65_536n ? 4 : 10)
  head[0] = first
  head[1] = maskBit | (length < 126n ? Number(length) : length < 65_536n ? 126 : 127)
  if (head.length === 4) head.writeUInt16BE(Number(length), 2)
  if (head.length === 10) head.writeBigUInt64BE(length, 2)
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), payload])
}

const invalidUtf8: readonly string[] = ['ff', 'c080', 'eda080', 'f4908080', 'e282', '80', 'f8888080']

function wrongFrame(random: Random): Buffer {
  const some = bytes(random, integer(random, 0, 200))
  return encode(
    pick<() => Frame>(random, [
      () => ({ first: text, payload: Buffer.from(pick(random, invalidUtf8), 'hex') }),
      () => ({ first: text, payload: Buffer.concat([Buffer.from('{"type":"'), some]) }),
      () => ({ first: text, payload: some, masked: false }),
      () => ({ first: integer(random, 0, 255), payload: some }),
      () => ({ first: 0x80, payload: some }),
      () => ({ first: 0x01, payload: Buffer.from('{"type":') }),
      () => ({ first: 0x09, payload: some }),
      () => ({ first: ping, payload: bytes(random, integer(random, 126, 300)) }),
      () => ({ first: close, payload: bytes(random, integer(random, 0, 3)) }),
      () => ({ first: close, payload: bytes(random, 130) }),
      () => ({ first: binary, payload: some, length: 2n ** BigInt(integer(random, 7, 63)) }),
      () => ({ first: binary, payload: some, length: BigInt(some.length + integer(random, 1, 50)) }),
      () => ({ first: binary, payload: bytes(random, integer(random, 0, 17_000)) }),
    ])(),
  )
}

/** The code of the server's close frame, behind the answer to the upgrade and any messages. */
function readCloseCode(answer: Buffer): string | undefined {
  let at = answer.indexOf('\r\n\r\n') + 4
  if (at < 4) return undefined
  if (!answer.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101'))) return answer.toString('latin1', 9, 12)
  while (at + 2 <= answer.length) {
    const [first = 0, short = 0] = answer.subarray(at, at + 2)
    const wide = short === 126 ? 2 : short === 127 ? 8 : 0
    if (at + 2 + wide > answer.length) return undefined
    const length =
      wide === 0 ? short : wide === 2 ? answer.readUInt16BE(at + 2) : Number(answer.readBigUInt64BE(at + 2))
    const payloadAt = at + 2 + wide
    if (payloadAt + length > answer.length) return undefined
    if (first === close) return length >= 2 ? `close ${answer.readUInt16BE(payloadAt)}` : 'close 1005'
    at = payloadAt + length
  }
  return undefined
}

export const frameKinds = {
  'frames: wrong by themselves': (random: Random, { port, channelId }: Target): Promise<string> => {
    const frames = Array.from({ length: integer(random, 1, 3) }, () => wrongFrame(random))
    const data = Buffer.from(upgradeRequest(`channelId=${channelId()}&src=en&tgt=pt`))
    const goodbye = encode({ first: close, payload: Buffer.from([0x03, 0xe8]) })
    const more = Buffer.concat([...frames, goodbye])
    return exchange({ port, data, more, then: 'grace', read: readCloseCode })
  },
}
