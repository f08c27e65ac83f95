import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { parseJson } from '../platform/json.ts'

/** What npm tells of a package: advisories, and the names of packages that it has them from. */
const advisory = z.object({ name: z.string(), title: z.string(), url: z.string(), severity: z.string() })
const report = z.object({
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), advisory])) })),
})
const failure = z.object({ message: z.string() })

const acceptedList = z.array(
  z.strictObject({ advisory: z.string().startsWith('GHSA-'), package: z.string(), reason: z.string().trim().min(1) }),
)
type Accepted = z.infer<typeof acceptedList>[number]
type Advisory = z.infer<typeof advisory>

/** Nobody can tell whether there are findings; the message says why. */
class CannotAskError extends Error {}

/** What is accepted is not as it should be; the message says how it should. */
class WrongListError extends Error {}

/** The JSON that `npm audit` writes of the packages that production has. */
function askRegistry(): Promise<unknown> {
  return new Promise((resolve) => {
    // It ends with 1 where something was found, which its output tells better.
    execFile('npm', ['audit', '--omit=dev', '--json'], { maxBuffer: 100_000_000 }, (_, stdout) =>
      resolve(parseJson(stdout)),
    )
  })
}

/** @throws CannotAskError */
async function findAdvisories(): Promise<Advisory[]> {
  const answer = await askRegistry()
  const parsed = report.safeParse(answer)
  if (!parsed.success)
    throw new CannotAskError(
      `Nothing was checked: the registry did not tell what is known of packages (${failure.safeParse(answer).data?.message ?? 'no answer'}). Ask one that does: npm_config_registry=https://… npm run audit.`,
    )
  const all = Object.values(parsed.data.vulnerabilities).flatMap(({ via }) =>
    via.filter((each) => typeof each !== 'string'),
  )
  return [...new Map(all.map((each) => [`${each.name} ${each.url}`, each])).values()]
}

/** @throws WrongListError */
async function readAccepted(): Promise<Accepted[]> {
  const parsed = acceptedList.safeParse(
    parseJson(await readFile(join(import.meta.dirname, 'accepted-advisories.json'), 'utf8')),
  )
  if (parsed.success) return parsed.data
  throw new WrongListError(
    'deploy/accepted-advisories.json must be a list of { "advisory": "GHSA-…", "package": "…", "reason": "…" }, each with a reason.',
  )
}

const isOf = (accepted: Accepted, { name, url }: Advisory) =>
  accepted.package === name && url.endsWith(accepted.advisory)

/**
 * `npm run audit` asks the registry what is known of production's packages. Exit codes: 0 where there is nothing, or
 * each finding has its reason in `accepted-advisories.json`; 1 where one has none, or that file is wrong; 2 where it
 * cannot be told.
 */
async function audit(): Promise<number> {
  const accepted = await readAccepted()
  const found = await findAdvisories()
  const open = found.filter((finding) => !accepted.some((each) => isOf(each, finding)))
  const lines = [
    ...open.map(({ name, severity, title, url }) => `${severity}: ${name}: ${title}. ${url}`),
    ...accepted.map((each) =>
      found.some((finding) => isOf(each, finding))
        ? `accepted: ${each.package}, ${each.advisory}: ${each.reason}`
        : `${each.advisory} of ${each.package} is no finding any more: take it out of deploy/accepted-advisories.json.`,
    ),
    open.length > 0
      ? 'Update what is named, or say in deploy/accepted-advisories.json why it does no harm here.'
      : 'No open finding.',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return open.length > 0 ? 1 : 0
}

try {
  process.exitCode = await audit()
} catch (error) {
  if (!(error instanceof CannotAskError || error instanceof WrongListError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error instanceof CannotAskError ? 2 : 1
}
