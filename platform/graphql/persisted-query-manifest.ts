import { z } from 'zod'
import { parseJson } from '../json.ts'

const FORMAT = 'apollo-persisted-query-manifest'
const VERSION = 1

/** The operations of a client: what `@apollo/generate-persisted-query-manifest` writes. */
const manifest = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  operations: z.array(z.object({ id: z.string(), name: z.string(), body: z.string() })),
})

export type ManifestOperation = z.infer<typeof manifest>['operations'][number]

/** Reads a manifest's text; gives its operations, or what is wrong with it. */
export function operationsOfManifest(text: string): { operations: ManifestOperation[] } | { reason: string } {
  const parsed = manifest.safeParse(parseJson(text))
  if (parsed.success) return { operations: parsed.data.operations }
  const [issue] = parsed.error.issues
  return { reason: `${issue?.path.join('.') || 'it'}: ${issue?.message}` }
}

/** Writes a manifest. */
export function manifestText(operations: ManifestOperation[]): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, operations }, null, 2)}\n`
}
