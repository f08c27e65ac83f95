import type { Random } from './random.ts'

/** Where a part dies, and at which time it gets there. */
export interface Doom {
  point: string
  count: number
}

/** The points at which parts die, each by the name of what has just happened and what has not. */
const STAGES: Record<string, string> = {
  'after publish, before the mark': 'published',
  'after the effect, before acknowledge': 'consumed',
  'after acknowledge': 'acknowledged',
}
const POINTS: Record<string, string[]> = {
  worker: [...Object.keys(STAGES), 'after a commit'],
  gateway: ['in a fetch'],
}

/** Half of the parts die at a point of their own, the others when havoc comes for them. */
export function doomOf(part: string, random: Random): Doom | null {
  if (random.next() < 0.5) return null
  return { point: random.pick(POINTS[part] ?? ['after a commit']), count: random.between(1, 25) }
}

/** Whether a message tells of the stage that a point stands for. */
export function isEventPassage(message: unknown, point: string): boolean {
  return typeof message === 'object' && message !== null && 'stage' in message && message.stage === STAGES[point]
}
