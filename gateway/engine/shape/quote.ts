/** Up to this length, looking at each character is faster than JSON.stringify. */
const SHORT = 64

/** A text as JSON has it. */
export function quote(text: string): string {
  if (text.length > SHORT) return JSON.stringify(text)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    // Control characters, the quote, the backslash; halves of pairs may stand alone.
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) return JSON.stringify(text)
  }
  return `"${text}"`
}
