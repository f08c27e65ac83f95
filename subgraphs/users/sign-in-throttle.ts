import { networkOf } from '../../platform/http/network.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { countFailures, forgetFailures, forgiveFailures } from './session-store.ts'

/** Failures that are allowed within a window, in seconds: of one account, and from one address. */
const WINDOW = 900
const PER_ACCOUNT = 10
const PER_ADDRESS = 100
/** Attempts that are allowed of one account, those that succeed included: each session that ends for another is told of. */
const IN_ALL = 100

/** One attempt to sign in. */
export interface Attempt {
  /** When to try again, if there were too many failures lately; null when the attempt may go on. */
  retryAt: Date | null
  /** Whether it is the first of a window that is too many: it is told of, and those that follow are not. */
  isFirstTooMany: boolean
  /** Takes the attempt off the count, after it succeeded. */
  forgive: () => Promise<void>
}

/** What attempts of an account are counted by: those that failed, and all of them. */
const subjectsOf = (name: string) => ({
  account: `account ${name.toLowerCase()}`,
  all: `attempts ${name.toLowerCase()}`,
})

/** Counts an attempt to sign in to what `name` names: an e-mail address, whether an account has it or not. */
export async function beginAttempt(db: Queries, name: string, address: string): Promise<Attempt> {
  const { account, all } = subjectsOf(name)
  const origin = `address ${networkOf(address)}`
  const most = new Map([
    [account, PER_ACCOUNT],
    [origin, PER_ADDRESS],
    [all, IN_ALL],
  ])
  const counted = await countFailures(db, [...most.keys()], WINDOW)
  const mostOf = (subject: string) => most.get(subject) ?? Infinity
  const exceeded = counted.filter(({ subject, failures }) => failures > mostOf(subject))
  const ends = exceeded.map(({ window_ends_at }) => window_ends_at.getTime())
  return {
    retryAt: ends.length > 0 ? new Date(Math.max(...ends)) : null,
    isFirstTooMany: exceeded.some(({ subject, failures }) => failures === mostOf(subject) + 1),
    forgive: () => forgiveFailures(db, account, origin),
  }
}

/** Removes what was counted of an account that is deleted: its e-mail address is in it. */
export async function forgetAttempts(db: Queries, name: string): Promise<void> {
  await forgetFailures(db, Object.values(subjectsOf(name)))
}
