import { pino } from 'pino'

/** The process's log: one JSON line an event, on standard output. */
export const log = pino({ level: process.env.LOG_LEVEL || 'info', base: null })

/** The same log for Apollo's libraries, which pass text alone; their chatter below warnings is left out. */
export const apolloLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message?: unknown) => log.warn({ from: 'apollo' }, String(message)),
  error: (message?: unknown) => log.error({ from: 'apollo' }, String(message)),
}
