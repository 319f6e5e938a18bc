/** Whose request it is, where proxies stand in between. */
import { BlockList, isIP, isIPv6 } from 'node:net'
import type { RequestHead } from '../http.ts'

/** An address, or a subnet as `10.0.0.0/8`. */
const subnetPattern = /^([^/]+)\/(\d{1,3})$/

/** @returns undefined where one of them is neither an address nor a subnet. */
export function parseSubnets(names: readonly string[]): BlockList | undefined {
  const list = new BlockList()
  for (const name of names) {
    const [, address = name, bits] = subnetPattern.exec(name) ?? []
    const version = isIP(address)
    const maxBits = version === 4 ? 32 : 128
    if (version === 0 || Number(bits ?? 0) > maxBits) return undefined
    list.addSubnet(address, Number(bits ?? maxBits), version === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether only this machine can reach it. */
export function isLoopback(address: string): boolean {
  return isIn(loopback, address)
}

/** What is no address is in no list. */
export function isIn(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** @param bytes 4 of IPv4 or 16 of IPv6; an IPv4 address that IPv6 carries becomes what it is. */
export function formatAddress(bytes: Uint8Array): string {
  const isMapped = bytes.length === 16 && bytes.every((byte, at) => at > 11 || byte === (at < 10 ? 0 : 255))
  if (bytes.length === 4 || isMapped) return bytes.slice(-4).join('.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const groups = Array.from({ length: bytes.length >> 1 }, (_, at) => view.getUint16(2 * at).toString(16))
  return groups.join(':')
}

/**
 * The client's own address: proxies that are trusted say in `X-Forwarded-For` whom they speak for, the nearest last.
 * What stands before the first that is not trusted may be invented.
 */
export function clientAddress({ headers, peer }: RequestHead, trusted: BlockList): string {
  let address = peer
  for (const entry of (headers.get('x-forwarded-for') ?? '').split(',').reverse()) {
    if (!isIn(trusted, address)) break
    const named = bareAddress(entry.trim())
    // A zone (`fe80::1%eth0`) means nothing to anybody but the proxy.
    if (isIP(named) === 0 || named.includes('%')) break
    address = named
  }
  return address
}

/** Whether the client's end is encrypted; undefined where only a proxy that is not trusted could say it. */
export function isSecure(
  { headers, peer }: RequestHead,
  { tls, trusted }: { readonly tls: boolean; readonly trusted: BlockList },
): boolean | undefined {
  if (tls) return true
  const told = isIn(trusted, peer) ? headers.get('x-forwarded-proto')?.split(',').at(-1)?.trim() : undefined
  return told === undefined ? undefined : told === 'https' || told === 'wss'
}

/** What is counted as one client: with IPv6 everybody has a whole subnet of 64 bits. */
export function limitKey(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  if (tail !== undefined) {
    const last = tail.split(':').filter(Boolean)
    while (groups.length + last.length < 8) groups.push('0')
    groups.push(...last)
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}

/**
 * Some proxies add the port (`192.0.2.1:4711`, `[2001:db8::1]:4711`); some write an IPv4 address as one of IPv6
 * (`::ffff:192.0.2.1`), of which all would count as one client.
 */
function bareAddress(entry: string): string {
  const [, inBrackets, v4] = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(entry) ?? []
  return (inBrackets ?? v4 ?? entry).replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
}
