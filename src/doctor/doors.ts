import type { Config } from '../config.ts'
import { toVoxbridgeError } from '../errors.ts'
import { readTokens } from '../transport/auth/token-file.ts'
import { checkTlsFiles } from '../transport/tls-files.ts'
import { type Finding, failure, ok, warning } from './finding.ts'

/** Who will be let in, and whether the files for that are in order. */
export async function checkDoors({ doors, host }: Pick<Config, 'doors' | 'host'>): Promise<Finding> {
  const subject = 'Doors'
  try {
    if (doors.tls) await checkTlsFiles(doors.tls)
    if (doors.auth) return tokensFinding(subject, await countTokens(doors.tokensFile))
  } catch (error) {
    return failure(
      subject,
      toVoxbridgeError(error).message,
      'Correct that file, or the setting that names it.',
    )
  }
  if (doors.localOnly) return ok(subject, 'open to this machine alone')
  return warning(
    subject,
    `whoever reaches ${host} is let in without a token`,
    'Leave AUTH=false to networks that are yours alone.',
  )
}

function tokensFinding(subject: string, tokens: number): Finding {
  if (tokens > 0)
    return ok(subject, `clients need a token; ${tokens} of them ${tokens === 1 ? 'holds' : 'hold'}`)
  return warning(
    subject,
    'clients need a token, and none holds',
    'npm run token -- create NAME makes one; in a container, node dist/cli/token.js create NAME.',
  )
}

/** Those that have not expired. */
async function countTokens(path: string): Promise<number> {
  const tokens = await readTokens(path)
  return tokens.filter(({ expiresAt }) => expiresAt === undefined || Date.parse(expiresAt) > Date.now())
    .length
}
