import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { VoxbridgeError } from '../errors.ts'

/**
 * @returns a port that nobody listens on at this address now.
 * @throws VoxbridgeError ERR_CONFIG where the address is not this machine's.
 */
export async function findFreePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host)
  try {
    await once(probe, 'listening')
    return (probe.address() as AddressInfo).port
  } catch (error) {
    const message = `Cannot listen on ${host}: the address is not this machine's. Set HOST.`
    throw new VoxbridgeError('ERR_CONFIG', message, { cause: error })
  } finally {
    probe.close()
  }
}
