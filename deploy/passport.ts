import { createPassportOffice, PASSPORT_HEADER } from '../platform/identity/passport.ts'
import { passportKeysOf, variablePrefix } from '../platform/identity/subgraph-keys.ts'
import { keySettings } from '../platform/identity/keys.ts'
import { commonSettings, modeIn } from '../platform/process/common-settings.ts'
import { runCommand } from '../platform/process/run-command.ts'
import { readSettings, setting } from '../platform/process/settings.ts'
import { StartError } from '../platform/process/start-error.ts'
import { subgraphs } from '../schema/subgraphs.ts'

/**
 * Prints a header that opens a subgraph to a tool for a minute, as nobody: `npm run --silent passport -- users`.
 * Its keys are those of the environment, or of this machine.
 */
await runCommand(async ([asked]) => {
  const known = subgraphs.find(({ name }) => name === asked)
  if (!known) throw new StartError(`Say for which subgraph: ${subgraphs.map(({ name }) => name).join(', ')}.`)
  const { name } = known
  const keys = setting(`${variablePrefix(name)}_PASSPORT_KEYS`, keySettings(modeIn(process.env)).hmac)
  const settings = readSettings({ keys, dataDir: commonSettings.dataDir })
  const office = createPassportOffice(name, await passportKeysOf(name, settings.keys, settings.dataDir))
  process.stdout.write(`${PASSPORT_HEADER}: ${await office(null)}\n`)
})
