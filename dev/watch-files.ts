import { watch } from 'node:fs'
import { join } from 'node:path'

/** Changes within this time are told together, in ms: editors and version control write several files at once. */
const TOGETHER = 80

/** Tells of changed files in some folders, by their paths, until it is released. */
export function watchFiles(folders: string[], onChange: (files: Set<string>) => void): Disposable {
  let changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const watchers = folders.map((folder) =>
    watch(folder, { recursive: true }, (_, file) => {
      if (!file) return
      changed.add(join(folder, file))
      clearTimeout(timer)
      timer = setTimeout(() => {
        onChange(changed)
        changed = new Set()
      }, TOGETHER)
    }),
  )
  return {
    [Symbol.dispose]() {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    },
  }
}
