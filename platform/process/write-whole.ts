import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file, and its folder where there is none. Whoever reads the file meanwhile gets all of it, or all of what was
 * there before.
 */
export async function writeWhole(file: string, content: Parameters<typeof writeFile>[1]): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  // Of its own also beside another process on another host, whose number may be the same.
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, content)
  await rename(draft, file)
}
