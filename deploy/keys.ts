import { newHmacKey, newSigningKey } from '../platform/identity/keys.ts'
import { variablePrefix } from '../platform/identity/subgraph-keys.ts'
import { subgraphs } from '../schema/subgraphs.ts'

/**
 * Prints new keys for production, as lines of an environment file: `npm run --silent keys > .env`.
 * For a subgraph that came later, its own alone: `npm run --silent keys -- reviews >> .env`.
 */
const added = process.argv.slice(2)
const unknown = added.filter((name) => !subgraphs.some((subgraph) => subgraph.name === name))
if (unknown.length > 0) {
  process.stderr.write(`There is no subgraph ${unknown.join(', ')}: the names are in schema/subgraphs.ts.\n`)
  process.exit(1)
}
const passports = (added.length > 0 ? added : subgraphs.map(({ name }) => name)).map(
  (name) => `${variablePrefix(name)}_PASSPORT_KEYS=${newHmacKey()}`,
)
const shared =
  added.length > 0
    ? []
    : [
        `ACCESS_TOKEN_KEYS='${JSON.stringify([await newSigningKey()])}'`,
        `POSTGRES_PASSWORD=${newHmacKey()}`,
        `RABBITMQ_PASSWORD=${newHmacKey()}`,
      ]
process.stdout.write(`${[...shared, ...passports].join('\n')}\n`)
