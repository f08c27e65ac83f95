import { newHmacKey, newSigningKey } from '../platform/identity/keys.ts'
import { variablePrefix } from '../platform/identity/subgraph-keys.ts'
import { subgraphs } from '../schema/subgraphs.ts'

/** Prints new keys for production, as lines of an environment file: `npm run --silent keys > .env`. */
const lines = [
  `ACCESS_TOKEN_KEYS='${JSON.stringify([await newSigningKey()])}'`,
  ...subgraphs.map(({ name }) => `${variablePrefix(name)}_PASSPORT_KEYS=${newHmacKey()}`),
  `POSTGRES_PASSWORD=${newHmacKey()}`,
]
process.stdout.write(`${lines.join('\n')}\n`)
