import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** What was broken, and how often. */
export class Damage {
  readonly #counts = new Map<string, number>()

  note(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }

  toString(): string {
    return [...this.#counts]
      .sort()
      .map(([what, count]) => `  ${String(count).padStart(5)}  ${what}\n`)
      .join('')
  }
}

/** PostgreSQL's answer to a commit: lost, its client cannot know whether it was done. */
const COMMITTED = 'COMMIT\0'

/** The longest stop of the broker, in ms, and its longest part of the whole time. */
const LONGEST_STOP = 180_000
const PART = 1 / 5

/** What can be broken beside the parts: how often in a hundred, and how. */
interface Act {
  weight: number
  name: string
  run: () => Promise<void> | void
}

/** Breaks something every second or so, until `duration` ms are over; all of it runs again afterwards. */
export async function wreakHavoc(world: World, random: Random, duration: number, damage: Damage): Promise<void> {
  const end = Date.now() + duration
  const stops: Promise<void>[] = []
  const acts = actsOn(world, random, duration, (stop) => stops.push(stop))
  const total = acts.reduce((sum, { weight }) => sum + weight, 0)
  while (Date.now() < end) {
    await sleep(random.between(300, 1_500))
    let point = random.next() * total
    const act = acts.find(({ weight }) => (point -= weight) < 0)
    if (!act) continue
    if (act.name) damage.note(act.name)
    await act.run()
  }
  await Promise.all(stops)
}

function actsOn(world: World, random: Random, duration: number, began: (stop: Promise<void>) => void): Act[] {
  const parts = [...world.parts.values()]
  const common: Act[] = [
    // How parts died is told by themselves.
    { weight: 45, name: '', run: () => random.pick(parts).kill() },
    { weight: 12, name: 'all connections to PostgreSQL', run: () => world.database.cut() },
    { weight: 20, name: "PostgreSQL's answer to a commit", run: () => world.database.swallow(COMMITTED) },
    { weight: 8, name: 'PostgreSQL, by an immediate stop', run: () => world.crashPostgres() },
  ]
  const { broker } = world
  if (!broker) return common
  const outage = { isOn: false }
  const stop = async (signal: 'SIGTERM' | 'SIGKILL') => {
    await broker.stop(signal)
    await sleep(random.between(2_000, Math.min(LONGEST_STOP, duration * PART)))
    await broker.start()
    outage.isOn = false
  }
  const stopOnce = (signal: 'SIGTERM' | 'SIGKILL') => () => {
    if (outage.isOn) return
    outage.isOn = true
    began(stop(signal))
  }
  return [
    ...common,
    { weight: 10, name: 'all connections to RabbitMQ', run: () => broker.proxy.cut() },
    { weight: 2, name: 'RabbitMQ, by a stop', run: stopOnce('SIGTERM') },
    { weight: 2, name: 'RabbitMQ, by SIGKILL', run: stopOnce('SIGKILL') },
  ]
}
