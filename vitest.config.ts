import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes a minute or more, longest first: where it came last, one worker would wait for the other. */
const LONGEST = [
  'cache/leaks',
  'events/bus',
  'engine/differential',
  'schema/check',
  'events/rabbitmq',
  'process/npm-start',
  'cache/redis-faults',
  'process/rolling-restart',
  'cache/differences',
  'process/dev',
  'schema/contract',
]

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`))
  return rank < 0 ? LONGEST.length : rank
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => rankOf(one) - rankOf(other))
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    env: { LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent' },
    hookTimeout: 60_000,
    testTimeout: 30_000,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Tests load modules as Node itself does, types stripped, as the product does when it runs.
    experimental: { viteModuleRunner: false },
  },
})
