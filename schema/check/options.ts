import { parseArgs } from 'node:util'
import { CannotRunError } from './cannot-run.ts'
import { messageOf } from '../../platform/process/message-of.ts'

export const formats = ['person', 'markdown', 'json', 'github'] as const
export type Format = (typeof formats)[number]

/** What `npm run schema:check` was asked to do. */
export interface CheckOptions {
  /** A git revision, a file, or a URL; undefined when nothing is to be compared. */
  base: string | undefined
  format: Format
  /** Where the gateway counts usage; undefined when nothing was counted. */
  usage: string | undefined
  /** Files of known operations, beside those in `schema/operations/`. */
  manifests: string[]
}

/** @throws CannotRunError when an option is wrong. */
export function optionsOf(args: string[], environment: NodeJS.ProcessEnv): CheckOptions {
  const { base, format, usage, manifest } = valuesOf(args)
  const known = formats.find((each) => each === format)
  if (!known) throw new CannotRunError(`--format ${format}: must be ${formats.join(', ')}.`)
  return {
    base: base ?? pullRequestBase(environment),
    format: known,
    usage: usage ?? (environment.USAGE_DATABASE_URL || undefined),
    manifests: manifest,
  }
}

function valuesOf(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        base: { type: 'string' },
        format: { type: 'string', default: 'person' },
        usage: { type: 'string' },
        manifest: { type: 'string', multiple: true, default: [] },
      },
    })
    return values
  } catch (error) {
    const reason = messageOf(error)
    throw new CannotRunError(
      `${reason}\nUse: npm run schema:check -- --base <revision, file or URL> --format <${formats.join('|')}> --usage <database> --manifest <file>`,
      { cause: error },
    )
  }
}

/** In a pull request's GitHub Actions, what it is to be merged into. */
function pullRequestBase({ GITHUB_ACTIONS, GITHUB_BASE_REF }: NodeJS.ProcessEnv): string | undefined {
  return GITHUB_ACTIONS === 'true' && GITHUB_BASE_REF ? `origin/${GITHUB_BASE_REF}` : undefined
}
