/** Models come from package registries by pip and npm, which are needed until all of them are here. */
import { type Finding, failure, ok, warning } from './finding.ts'
import { outputOf } from './run-program.ts'

interface PackageClient {
  readonly subject: string
  /** Commands that would do, the preferred one first. */
  readonly commands: readonly (readonly [string, ...string[]])[]
  readonly version: RegExp
  /** Of the first number of the version. */
  readonly oldest: number
  readonly remedy: string
}

export const packageClients: readonly PackageClient[] = [
  {
    subject: 'pip',
    commands: [['python3', '-m', 'pip'], ['pip3'], ['pip']],
    version: /^pip ([\d.]+).*/,
    oldest: 20,
    remedy: 'Install Python 3 with pip (on Debian: apt-get install python3-pip).',
  },
  {
    subject: 'npm',
    commands: [['npm']],
    version: /^([\d.]+)/,
    oldest: 9,
    remedy: 'Install Node.js together with npm.',
  },
]

/** @param needed whether models are still to be fetched. */
export async function checkPackageClient(
  { subject, commands, version, oldest, remedy }: PackageClient,
  needed: boolean,
): Promise<Finding> {
  const complain = needed ? failure : warning
  let tooOld: string | undefined
  for (const [program, ...args] of commands) {
    const output = await outputOf(program, [...args, '--version'])
    const [line, number] = version.exec(output ?? '') ?? []
    if (line === undefined || number === undefined) continue
    if (Number(number.split('.', 1)[0]) >= oldest) return ok(subject, line)
    tooOld ??= `${number}, which is too old`
  }
  return complain(
    subject,
    tooOld ?? 'not found',
    `${remedy} It fetches models, and ${oldest} is the oldest that works.`,
  )
}
