import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** What was broken, and how often. */
export type Damage = Record<string, number>

/** PostgreSQL's answer to a commit: lost, its client cannot know whether it was done. */
const COMMITTED = 'COMMIT\0'

/** Breaks something every second or so, until told to stop. */
export async function wreakHavoc(world: World, random: Random, isOver: () => boolean): Promise<Damage> {
  const damage: Damage = {}
  while (!isOver()) {
    await sleep(random.between(300, 1_500))
    const act = random.next()
    const what =
      act < 0.55
        ? random.pick(world.parts)
        : act < 0.7
          ? 'connections'
          : act < 0.92
            ? "a commit's answer"
            : 'PostgreSQL'
    damage[what] = (damage[what] ?? 0) + 1
    if (world.parts.includes(what)) await world.kill(what)
    else if (what === 'connections') world.proxy.cut()
    else if (what === 'PostgreSQL') await world.crashPostgres()
    else world.proxy.swallow(COMMITTED)
  }
  return damage
}
