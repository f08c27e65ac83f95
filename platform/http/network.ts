import { isIPv6 } from 'node:net'

/** What an IPv4 address begins with that is written as one of IPv6. */
const MAPPED = '::ffff:'

/** What one client can easily have all of: one IPv4 address, or the 64-bit network of an IPv6 address. */
export function networkOf(address: string): string {
  if (address.startsWith(MAPPED)) return address.slice(MAPPED.length)
  // Most are of the other kind, which is seen at once.
  if (!address.includes(':') || !isIPv6(address)) return address
  const [before = '', after = ''] = address.split('::')
  const left = before.split(':').filter(Boolean)
  const right = after.split(':').filter(Boolean)
  const groups = address.includes('::')
    ? [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
    : left
  return groups.slice(0, 4).join(':')
}
