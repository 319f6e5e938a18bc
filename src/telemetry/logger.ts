import { pino, type Logger } from 'pino'

const secrets = ['token', 'password', 'authorization', 'cookie', 'headers', 'query']

/** Fields of these names are not shown, at the top of a line and one level below. */
export const redact = {
  paths: secrets.flatMap((name) => [name, `*.${name}`]),
  censor: '(not shown)',
}

/** Lines for people on a terminal where pino-pretty is installed, else JSON. */
export async function createLogger(level: string): Promise<Logger> {
  const pretty = process.stdout.isTTY ? await import('pino-pretty').catch(() => undefined) : undefined
  const options = { level, base: null, redact }
  return pretty
    ? pino(options, pretty.default({ colorize: true, translateTime: 'SYS:HH:MM:ss' }))
    : pino(options)
}
