import { getLocation, type ASTNode, type Location } from 'graphql'

/** Something that is wrong with the schema files, and where. */
export interface Problem {
  /** Such as `schema/users.graphql`; '' when it is of no file alone. */
  file: string
  /** From 1; 0 when it is of no line alone. */
  line: number
  message: string
}

/** The place of something that was parsed from a file. */
export function placeOf(node: Pick<ASTNode, 'loc'> | undefined): Pick<Problem, 'file' | 'line'> {
  const location: Location | undefined = node?.loc
  if (!location) return { file: '', line: 0 }
  return { file: location.source.name, line: getLocation(location.source, location.start).line }
}

/** A problem in a line: `schema/users.graphql:12: …`. */
export function inALine({ file, line, message }: Problem): string {
  if (!file) return message
  return line > 0 ? `${file}:${line}: ${message}` : `${file}: ${message}`
}
