import { DEMO_PASSWORD, demoAccounts } from './demo-accounts.ts'

const QUERY = '{ products(first: 3) { nodes { name price { amount currencyCode } } } }'

/** What a newcomer needs to know once everything runs. */
export function welcome(gatewayPort: number, subgraphPorts: Record<string, number>, database: string): string {
  const origin = `http://localhost:${gatewayPort}`
  const subgraphs = Object.entries(subgraphPorts).map(
    ([name, port]) => `  ${name.padEnd(12)} ${origin}/subgraphs/${name} (listens on ${port})`,
  )
  const accounts = demoAccounts.map(
    ({ email, role }) => `  ${email.padEnd(24)} ${role === 'ADMIN' ? 'administrator' : 'customer'}`,
  )
  return `
The supergraph runs. It took ${(performance.now() / 1_000).toFixed(1)} s.

  GraphQL      ${origin}/graphql
  Explore it   ${origin}/ (Apollo Sandbox) or ${origin}/graphiql
  PostgreSQL   ${database}

Subgraphs, each to be explored by itself:
${subgraphs.join('\n')}

Demo accounts, both with the password '${DEMO_PASSWORD}':
${accounts.join('\n')}

A query to paste:
  curl ${origin}/graphql -H 'content-type: application/json' \\
    -d '{"query":"${QUERY}"}'

Ctrl-C stops it; the data stays.
`
}
