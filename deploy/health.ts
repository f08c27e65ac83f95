import process from 'node:process'

/** A container's health check: `node deploy/health.ts 4001` ends with 0 when the part on that port is fit for traffic. */
const isReady = await fetch(`http://127.0.0.1:${process.argv[2]}/ready`, { signal: AbortSignal.timeout(2_000) }).then(
  ({ ok }) => ok,
  () => false,
)
process.exitCode = isReady ? 0 : 1
