import { parseArgs } from 'node:util'
import { z } from 'zod'
import { messageOf } from '../../platform/process/message-of.ts'

/**
 * The options of a command for developers, each `--name value`.
 * @param use the command with all of its options, as it is told to whoever gives a wrong one; that ends the process with 2
 */
export function readOptions<Shape extends z.ZodRawShape>(use: string, shape: Shape): z.infer<z.ZodObject<Shape>> {
  try {
    const names = Object.keys(shape).map((name) => [name, { type: 'string' as const }])
    return z.object(shape).parse(parseArgs({ options: Object.fromEntries(names) }).values)
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)
    process.stderr.write(`${reason}\nUse: ${use}\n`)
    process.exit(2)
  }
}

/** A whole number of at least one. */
export const count = (otherwise: number) => z.coerce.number().int().min(1).default(otherwise)
