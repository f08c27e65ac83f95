import { DEMO_PASSWORD, demoAccounts } from '../../platform/demo-accounts.ts'
import type { Transaction } from '../../platform/postgres/database.ts'
import { recordRegistration } from './events.ts'
import { hashPassword } from './passwords.ts'
import { insertUser } from './store.ts'

/** The demo accounts, all with the same password. */
export async function writeDemoData(queries: Transaction): Promise<void> {
  for (const account of demoAccounts) {
    await insertUser(queries, { ...account, passwordHash: await hashPassword(DEMO_PASSWORD) })
    await recordRegistration(queries, account)
  }
}
