import { pino, type Logger } from 'pino'

/** Lines for people on a terminal where pino-pretty is installed, else JSON. */
export async function createLogger(level: string): Promise<Logger> {
  const pretty = process.stdout.isTTY ? await import('pino-pretty').catch(() => undefined) : undefined
  const options = { level, base: null }
  return pretty
    ? pino(options, pretty.default({ colorize: true, translateTime: 'SYS:HH:MM:ss' }))
    : pino(options)
}
