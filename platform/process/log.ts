import { pino } from 'pino'

/** What is told of an error; what PostgreSQL adds besides, such as the row that it is about, holds what clients sent. */
const TOLD_OF_ERRORS = ['type', 'message', 'stack', 'code', 'constraint', 'table', 'column', 'reason'] as const

/**
 * E-mail addresses and tokens, wherever they come from. Each is tried once for a run of letters, and only so far: a
 * line may hold a text of a client's, of any length.
 */
const SECRETS =
  /(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}|(?<![\w-])eyJ[\w-]{1,2000}\.[\w-]{1,4000}\.[\w-]{0,2000}/g

/** The process's log: one JSON line an event, on standard output. No e-mail address, token or value of a client is in it. */
export const log = pino({
  level: levelIn(process.env.LOG_LEVEL),
  base: null,
  serializers: { err: tellError },
  hooks: { streamWrite: (line) => line.replace(SECRETS, '[hidden]') },
})

function tellError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error)
  const serialized: Record<string, unknown> = { ...pino.stdSerializers.err(error) }
  return Object.fromEntries(TOLD_OF_ERRORS.flatMap((key) => (key in serialized ? [[key, serialized[key]]] : [])))
}

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
