/** The check could not be made, which says nothing of the schema; the message tells what to do. */
export class CannotRunError extends Error {
  override name = 'CannotRunError'
}
