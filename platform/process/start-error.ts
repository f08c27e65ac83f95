/** A failure to start that its reader can mend; the message is all they are shown. */
export class StartError extends Error {
  override name = 'StartError'
}
