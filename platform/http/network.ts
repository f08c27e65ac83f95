import { isIPv6 } from 'node:net'

/** What one client can easily have all of: one IPv4 address, or the 64-bit network of an IPv6 address. */
export function networkOf(address: string): string {
  // Most are of the other kind, which is seen at once.
  if (!address.includes(':') || !isIPv6(address) || address.startsWith('::ffff:')) return address
  const [before = '', after = ''] = address.split('::')
  const left = before.split(':').filter(Boolean)
  const right = after.split(':').filter(Boolean)
  const groups = address.includes('::')
    ? [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
    : left
  return groups.slice(0, 4).join(':')
}
