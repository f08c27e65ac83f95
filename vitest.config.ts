import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    env: { LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent' },
    hookTimeout: 60_000,
    testTimeout: 30_000,
    maxWorkers: 2,
    // Tests load modules as Node itself does, types stripped, as the product does when it runs.
    experimental: { viteModuleRunner: false },
  },
})
