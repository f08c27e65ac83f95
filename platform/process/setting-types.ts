import { z } from 'zod'

/** A TCP port; 0 lets the system pick a free one. */
export const port = (fallback: number) =>
  z.coerce
    .number({ error: 'must be a port, 0 to 65535' })
    .int('must be a port, 0 to 65535')
    .min(0, 'must be a port, 0 to 65535')
    .max(65_535, 'must be a port, 0 to 65535')
    .default(fallback)

/** A whole number between two bounds. */
export function wholeNumber(fallback: number, least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`
  return z.coerce.number({ error: message }).int(message).min(least, message).max(most, message).default(fallback)
}

/** A URL with one of the given schemes, such as `['postgres', 'postgresql']`. */
export function urlOf(schemes: string[]) {
  const message = `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`
  const fits = (text: string) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1))
  return z.string().refine(fits, message)
}

/** One URL with one of the given schemes, or several, separated by commas: the nodes of a cluster. */
export function urlsOf(schemes: string[]) {
  const one = urlOf(schemes)
  const message = `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}, or several, separated by commas`
  return z.string().refine((text) => text.split(',').every((each) => one.safeParse(each.trim()).success), message)
}

/** Origins of web pages, such as `https://shop.example.com`, separated by commas. */
export const origins = z
  .string()
  .default('')
  .transform((value, context) => {
    const listed = value
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean)
    if (!listed.every(isOrigin))
      context.addIssue('must be origins such as https://shop.example.com, separated by commas')
    return listed
  })

const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text

/** Who mails are from: an address, or a name and an address in angle brackets. */
export const sender = (fallback: string) =>
  z
    .string()
    .regex(
      /^[^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/,
      'must be an address, such as shop@example.com or Shop <shop@example.com>',
    )
    .default(fallback)

/** Text that may be anything. */
export const text = (fallback: string) => z.string().default(fallback)

/** One of a few words. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words, fallback: Words[number]) =>
  z.enum(words, { error: `must be ${words.join(' or ')}` }).default(fallback)
