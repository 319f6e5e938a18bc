/** `npm run doctor`: whether this machine, these settings and these models make a server, and what is missing. */
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { toVoxbridgeError } from '../errors.ts'
import { examine } from './examine.ts'
import { type Finding, failure } from './finding.ts'
import { formatFinding, formatJson, formatSummary } from './report.ts'

const usage = `Usage: npm run doctor [-- --json]

Looks at the machine, the settings and the models, and runs each model once. What is wrong is told with what would help.
Ends with 1 where something would keep the server from working, else with 0.

  --json   prints all findings as JSON when it is done`

async function* allFindings(signal: AbortSignal): AsyncGenerator<Finding> {
  try {
    yield* examine(readConfig(), { signal })
  } catch (error) {
    yield failure('Settings', toVoxbridgeError(error).message, 'Correct the environment or the file .env.')
  }
}

async function run({ json }: { readonly json: boolean }): Promise<void> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const findings = []
  for await (const finding of allFindings(stop.signal)) {
    findings.push(finding)
    if (!json) process.stdout.write(formatFinding(finding))
    if (stop.signal.aborted) break
  }
  process.stdout.write(json ? formatJson(findings) : `\n${formatSummary(findings)}`)
  if (findings.some(({ state }) => state === 'failure')) process.exitCode = 1
}

try {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean' } } })
  if (values.help === true) process.stdout.write(`${usage}\n`)
  else await run({ json: values.json === true })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`)
  process.exitCode = 2
}
