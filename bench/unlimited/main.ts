import { registerHooks } from 'node:module'

/** The gateway without what its limits cost: cost, rates and shedding. */
const INSTEAD: Record<string, string> = {
  '/limits/toll.ts': 'toll.ts',
  '/toll.ts': 'toll.ts',
  '/overload/load-shedder.ts': 'load-shedder.ts',
}
registerHooks({
  resolve(specifier, context, next) {
    const name = Object.keys(INSTEAD).find((end) => specifier.endsWith(end))
    return next(name ? new URL(INSTEAD[name] ?? '', import.meta.url).href : specifier, context)
  },
})
await import('../../gateway/main.ts')
