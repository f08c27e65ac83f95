/** Is loaded before the product: at SIGUSR2 it collects garbage, and tells what is left, in MB. */
process.on('SIGUSR2', () => {
  globalThis.gc?.()
  process.stdout.write(`holds ${(process.memoryUsage().heapUsed / 1e6).toFixed(1)} MB\n`)
})
