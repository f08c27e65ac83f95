import { StartError } from './start-error.ts'

/**
 * Looks that no two parts of one process are to listen on the same port; 0 is whichever is free.
 * @param ports by the variables that set them
 * @throws StartError that names both variables.
 */
export function requireDistinctPorts(ports: Record<string, number>): void {
  const owners = new Map<number, string>()
  for (const [variable, port] of Object.entries(ports)) {
    const owner = port === 0 ? undefined : owners.get(port)
    if (owner) throw new StartError(`${owner} and ${variable} are both ${port}: give each a port of its own.`)
    owners.set(port, variable)
  }
}
