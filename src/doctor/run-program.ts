import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const defaultTimeoutMs = 20_000

/** What a program prints; undefined where it is not there, fails, or takes too long. */
export async function outputOf(
  program: string,
  args: readonly string[],
  { timeoutMs = defaultTimeoutMs }: { readonly timeoutMs?: number } = {},
): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: timeoutMs })
    return stdout.trim()
  } catch {
    return undefined
  }
}
