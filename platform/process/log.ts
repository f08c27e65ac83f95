import { pino } from 'pino'

/** The process's log: one JSON line an event, on standard output. */
export const log = pino({ level: levelIn(process.env.LOG_LEVEL), base: null })

/** The log is there before the settings are read, which tell of a level that there is none of. */
function levelIn(wanted = ''): string {
  return wanted === 'silent' || wanted in pino.levels.values ? wanted : 'info'
}

/** The same log for Apollo's libraries, which pass text alone; their chatter below warnings is left out. */
export const apolloLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message?: unknown) => log.warn({ from: 'apollo' }, String(message)),
  error: (message?: unknown) => log.error({ from: 'apollo' }, String(message)),
}
