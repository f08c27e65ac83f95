import { getLocation, type ASTNode, type DocumentNode, type Location } from 'graphql'

/** Something that is wrong with the schema files, and where. */
export interface Problem {
  /** Such as `schema/users.graphql`; '' when it is of no file alone. */
  file: string
  /** From 1; 0 when it is of no line alone. */
  line: number
  message: string
}

/** The place of what is of no file alone. */
export const NOWHERE = { file: '', line: 0 }

/** The place of something that was parsed from a file. */
export function placeOf(node: ASTNode): Pick<Problem, 'file' | 'line'> {
  // A definition begins with its description, and is looked for by its name.
  const location: Location | undefined = ('name' in node && node.name?.loc) || node.loc
  if (!location) return NOWHERE
  return { file: location.source.name, line: getLocation(location.source, location.start).line }
}

/** Where a type, `Todo`, or a field of it, `Todo.notes`, is defined. */
export function placeNamed(name: string, documents: DocumentNode[]): Pick<Problem, 'file' | 'line'> {
  const [typeName, fieldName] = name.split('.')
  for (const definition of documents.flatMap(({ definitions }) => definitions)) {
    if (!('name' in definition) || definition.name?.value !== typeName) continue
    const inside = [
      ...('fields' in definition ? (definition.fields ?? []) : []),
      ...('values' in definition ? (definition.values ?? []) : []),
    ]
    const member = inside.find((each) => each.name.value === fieldName)
    if (member) return placeOf(member)
    if (fieldName === undefined) return placeOf(definition)
  }
  return NOWHERE
}

/** A problem in a line: `schema/users.graphql:12: …`. */
export function inALine({ file, line, message }: Problem): string {
  if (!file) return message
  return line > 0 ? `${file}:${line}: ${message}` : `${file}: ${message}`
}
