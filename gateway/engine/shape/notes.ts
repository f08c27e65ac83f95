/** A value that is not as the schema says. The client sees null; this tells whose fault that is. */
export interface Note {
  message: string
  path: (string | number)[]
  extensions: { code: string }
}

/** Where the writer is, and what it has found wrong. */
export interface ShapeContext {
  path: (string | number)[]
  notes: Note[]
}

/**
 * Writes a value that subgraphs sent as the JSON that the client gets, with what it asked for and in its order.
 * `undefined` stands for a null that a note tells of, so that what may not be null around it becomes null too.
 */
export type Writer = (value: unknown, context: ShapeContext) => string | undefined

/** A place as messages name it: `field User.name`, or `array element of type String at index 3`. */
export type Describe = (path: (string | number)[]) => string

export const describeField =
  (parentType: string): Describe =>
  (path) =>
    `field ${parentType}.${path.at(-1)}`

export const describeElement =
  (type: string): Describe =>
  (path) =>
    `array element of type ${type} at index ${path.at(-1)}`

export function note(context: ShapeContext, message: string): undefined {
  context.notes.push({ message, path: [...context.path], extensions: { code: 'INVALID_GRAPHQL' } })
}
