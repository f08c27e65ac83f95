import type { IncomingMessage } from 'node:http'

/** Whether a request is of a developer at this machine; the Host is checked, so that no other site's name stands for it. */
export function isFromThisMachine(request: IncomingMessage): boolean {
  const isLoopback = /^(127\.|::1$|::ffff:127\.)/.test(request.socket.remoteAddress ?? '')
  return isLoopback && /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')
}
