import { DEMO_PASSWORD, demoAccounts } from './demo-accounts.ts'
import type { Mode } from './process/common-settings.ts'

const QUERY = '{ products(first: 3) { nodes { name price { amount currencyCode } } } }'

/** Where everything is that runs. */
interface Running {
  gatewayPort: number
  subgraphPorts: Record<string, number>
  /** Where PostgreSQL is, as a user is told. */
  database: string
  mode: Mode
  /** Whether operations of a manifest alone are answered. */
  isSafelisted: boolean
}

/** What a newcomer needs to know once everything runs; in production there are no pages and no demo data. */
export function welcome({ gatewayPort, subgraphPorts, database, mode, isSafelisted }: Running): string {
  const origin = `http://localhost:${gatewayPort}`
  const isDevelopment = mode === 'development'
  const subgraphs = Object.entries(subgraphPorts).map(
    ([name, port]) =>
      `  ${name.padEnd(12)} ${isDevelopment ? `${origin}/subgraphs/${name} (listens on ${port})` : `listens on ${port}`}`,
  )
  const explorers = isDevelopment ? `\n  Explore it   ${origin}/ (Apollo Sandbox) or ${origin}/graphiql` : ''
  return `
The supergraph runs. It took ${(performance.now() / 1_000).toFixed(1)} s.

  GraphQL      ${origin}/graphql${explorers}
  PostgreSQL   ${database}

Subgraphs${isDevelopment ? ', each to be explored by itself' : ''}:
${subgraphs.join('\n')}
${isDevelopment ? demo(isSafelisted ? SAFELISTED : queryTo(origin)) : ''}
Ctrl-C stops it; the data stays.
`
}

const SAFELISTED = 'The operations of OPERATIONS_MANIFEST alone are answered (PERSISTED_OPERATIONS is safelist).'

const queryTo = (origin: string) => `A query to paste:
  curl ${origin}/graphql -H 'content-type: application/json' \\
    -d '{"query":"${QUERY}"}'`

function demo(hint: string): string {
  const accounts = demoAccounts.map(
    ({ email, role }) => `  ${email.padEnd(24)} ${role === 'ADMIN' ? 'administrator' : 'customer'}`,
  )
  return `
Demo accounts, both with the password '${DEMO_PASSWORD}':
${accounts.join('\n')}

${hint}
`
}
