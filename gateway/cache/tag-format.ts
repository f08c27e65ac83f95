/** Reads what a placeholder of a tag's format names, such as `id` or `$args.id`. */
export type PlaceholderReader = (name: string) => unknown

/** Writes a tag; null when something that it names is not there, or is no text and no number. */
export type TagWriter = (read: PlaceholderReader) => string | null

/** @param format text with names in braces, such as `user:{id}:todos` */
export function tagWriterOf(format: string): TagWriter {
  // Texts and names take turns.
  const parts = format.split(/[{}]/)
  return (read) => {
    let tag = ''
    for (const [index, part] of parts.entries()) {
      const value = index % 2 === 0 ? part : read(part)
      if (typeof value !== 'string' && typeof value !== 'number') return null
      tag += value
    }
    return tag
  }
}
