/** Values that programs stumble over, and texts and bytes made of them. */
import type { Random } from '../../bench/seeded-random.ts'

/** @param items at least one */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T
}

export function integer(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1))
}

export function bytes(random: Random, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => Math.floor(random() * 256)))
}

/** @param text words with white space between them */
export function words(text: string): string[] {
  return text.trim().split(/\s+/)
}

/** Written as JSON, some of them not quite. */
const scalars = words(String.raw`
  null true false 0 -0 -1 0.5 1e308 1e400 -1e400 9007199254740993
  4294967296 1e-400 NaN Infinity undefined 0x10 01 .5 +1 [] {} ""
  "\u0000" "\ud800" "\udc00\ud800" "\u202e" "\ufeff" "__proto__" "constructor"
  "auto" "en" "pt" "EN" "en-US" "../.." "ana" "joe" "close" "flush"`)
const keys: readonly string[] = [
  ...words(String.raw`
  type src tgt voice speed partials audio text language sequence final
  __proto__ constructor prototype toString hasOwnProperty then toJSON \u0000`),
  '',
]
const types: readonly string[] = [
  ...words(String.raw`
  flush config speak keepalive ready closed Speak __proto__
  constructor toString valueOf configure`),
  'speak ',
  '',
]
const texts: readonly string[] = [
  '{"type":"flush"}',
  '{"type":"keepalive"}',
  '{"type":"config","src":"en","tgt":"pt"}',
  '{"type":"config","partials":false,"audio":true,"voice":"ana","speed":1.5}',
  '{"type":"speak","text":"Bom dia","language":"pt","sequence":7,"final":true}',
  '{"text":"Hello"}',
]

export function jsonValue(random: Random, depth = 3): string {
  const kind = random()
  if (kind < 0.6 || depth === 0) return pick(random, scalars)
  if (kind < 0.7) return JSON.stringify(longText(random, integer(random, 1, 3000)))
  const items = Array.from({ length: integer(random, 0, 4) }, () => jsonValue(random, depth - 1))
  if (kind < 0.85) return `[${items.join(',')}]`
  return `{${items.map((item) => `"${pick(random, keys)}":${item}`).join(',')}}`
}

/** An object with a type that may be right and fields that mostly are not. */
export function jsonMessage(random: Random): string {
  const fields = Array.from(
    { length: integer(random, 0, 5) },
    () => `"${pick(random, keys)}":${jsonValue(random)}`,
  )
  const type = random() < 0.8 ? [`"type":"${pick(random, types)}"`] : []
  return `{${[...type, ...fields].join(',')}}`
}

/** A message that was right until some of its characters were changed. */
export function brokenMessage(random: Random): string {
  let text = pick(random, texts)
  for (let change = integer(random, 1, 4); change > 0; change--) {
    const at = integer(random, 0, text.length)
    const rest = random() < 0.5 ? text.slice(at + integer(random, 0, 5)) : text.slice(at)
    const more = random() < 0.5 ? pick(random, ['"', '{', '}', '\\', ',', ':', '\u0000', 'é', '𝄞', '[']) : ''
    text = text.slice(0, at) + more + rest
  }
  return text
}

export function nested(random: Random): string {
  const depth = integer(random, 10, 7000)
  return random() < 0.5 ? '['.repeat(depth) : `${'[{"a":'.repeat(depth / 7)}1${'}]'.repeat(depth / 7)}`
}

export function longText(random: Random, length: number): string {
  return pick(random, ['a', 'é', '漢', '𝄞', ' ', '\n', 'a. ', '\u0301']).repeat(length)
}
