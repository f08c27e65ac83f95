import { pino } from 'pino'

/** What is told of an error; what PostgreSQL adds besides, such as the row that it is about, holds what clients sent. */
const TOLD_OF_ERRORS = ['type', 'message', 'stack', 'code', 'constraint', 'table', 'column', 'reason'] as const

/** The letter of an escape in JSON, such as of a line break, is none of the text's. */
const ESCAPE = String.raw`\\(?:u[0-9a-f]{4}|.)`
const begin = (letters: string) => String.raw`(?:(?<=\\(?:[bfnrt]|u[0-9a-f]{4}))|(?<![${letters}]))`

/**
 * E-mail addresses and tokens, wherever they come from, and escapes, which are passed over. Each is tried once for a run
 * of letters, and only so far: a line may hold a text of a client's, of any length.
 */
const SECRETS = new RegExp(
  [
    ESCAPE,
    String.raw`${begin('\\w.+%-')}[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}`,
    String.raw`${begin('\\w-')}eyJ[\w-]{1,2000}\.[\w-]{1,4000}\.[\w-]{0,2000}`,
  ].join('|'),
  'g',
)

/** A line of the log without secrets; still JSON. */
const withoutSecrets = (line: string) => line.replace(SECRETS, (found) => (found.startsWith('\\') ? found : '[hidden]'))

/** The process's log: one JSON line an event, on standard output. No e-mail address, token or value of a client is in it. */
export const log = pino({
  level: levelIn(process.env.LOG_LEVEL),
  base: null,
  serializers: { err: tellError },
  hooks: { streamWrite: withoutSecrets },
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
