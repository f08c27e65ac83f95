import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/**
 * The IP address of the client. Behind `trustedProxies` proxies it is the entry of X-Forwarded-For that the first of
 * them wrote; what stands before that was written by the client, and proves nothing.
 */
export function clientAddressOf(request: IncomingMessage, trustedProxies: number): string {
  const direct = request.socket.remoteAddress ?? 'unknown'
  if (trustedProxies === 0) return direct
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
  const claimed = withoutPort(forwarded.at(-trustedProxies) ?? direct)
  // No proxy writes anything else: whoever did reached this gateway without one.
  return isIP(claimed) ? claimed : direct
}

/** Some proxies add the port: `192.0.2.1:1234`, `[2001:db8::1]:1234`. */
function withoutPort(address: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address
}
