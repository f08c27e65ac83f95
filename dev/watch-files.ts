import { watch } from 'chokidar'

/** Changes within this time are told together, in ms: editors and version control write several files at once. */
const TOGETHER = 80

/** Tells of changed files in some folders, by their paths, until it is released. */
export function watchFiles(folders: string[], onChange: (files: Set<string>) => void): AsyncDisposable {
  let changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(folders, { ignoreInitial: true }).on('all', (_, file) => {
    changed.add(file.replaceAll('\\', '/'))
    clearTimeout(timer)
    timer = setTimeout(() => {
      onChange(changed)
      changed = new Set()
    }, TOGETHER)
  })
  return {
    async [Symbol.asyncDispose]() {
      clearTimeout(timer)
      await watcher.close()
    },
  }
}
