/** How often an event is given to a listener that fails at it, before it becomes a dead letter. */
export const ATTEMPTS = 5

/** How much longer each pause between two attempts is than the one before. */
const GROWTH = 4

/** The pauses between attempts, in ms, of which the first is given. */
export function pausesFrom(firstPause: number): number[] {
  return Array.from({ length: ATTEMPTS - 1 }, (_, index) => firstPause * GROWTH ** index)
}
