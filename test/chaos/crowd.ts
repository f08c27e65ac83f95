import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from '../support/child.ts'
import { clientOf } from '../support/graph-client.ts'
import { Journal } from './journal.ts'
import type { Account } from './persistent.ts'
import type { Random } from './random.ts'
import type { ShopperSettings } from './shopper.ts'
import type { World } from './world.ts'

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }'
const SCRIPT = join(import.meta.dirname, 'shopper.ts')

export async function signUp({ graphql }: World, username: string): Promise<Account> {
  const account = { email: `${username}@example.com`, password: `a long password of ${username}` }
  await clientOf(graphql).send(SIGN_UP, { input: { ...account, username } })
  return account
}

/** Sends a shopper until the end, and another in its place whenever it is killed, which happens every few seconds. */
export async function sendShopper(
  settings: ShopperSettings,
  random: Random,
  onDeath: (how: string) => void,
): Promise<Journal> {
  for (;;) {
    await using shopper = startChild([SCRIPT, JSON.stringify(settings)], {})
    const ended = shopper.ended()
    const life = sleep(random.between(2_000, 20_000)).then(() => 'killed' as const)
    if ((await Promise.race([ended, life])) === 'killed' && Date.now() < settings.end) {
      await shopper.end('SIGKILL')
      onDeath('at random')
      continue
    }
    await ended
    if (shopper.process.exitCode === 0) return new Journal(settings.journal)
    onDeath(`by itself: ${shopper.errors()}`)
  }
}
