import type { UserId } from './ids.ts'
import type { Role } from './identity/viewer.ts'

/** An account of the demo data, known beforehand so that every subgraph can write data for it. */
export interface DemoAccount {
  id: UserId
  username: string
  displayName: string
  email: string
  role: Role
}

export const DEMO_PASSWORD = 'correct horse battery staple'

export const demoCustomer: DemoAccount = {
  id: 'user_01k9z8w3e0f4ktq2m6y7r5b1cd',
  username: 'customer',
  displayName: 'Casey Customer',
  email: 'customer@example.com',
  role: 'CUSTOMER',
}

export const demoAdmin: DemoAccount = {
  id: 'user_01k9z8w3e0f4ktq2m6y7r5b1ce',
  username: 'admin',
  displayName: 'Alex Administrator',
  email: 'admin@example.com',
  role: 'ADMIN',
}

export const demoAccounts: DemoAccount[] = [demoCustomer, demoAdmin]
