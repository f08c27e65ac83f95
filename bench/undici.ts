import { registerHooks } from 'node:module'

/** The gateway with undici in the place of its own HTTP client. */
registerHooks({
  resolve(specifier, context, next) {
    const isClient = specifier.endsWith('/http/client.ts') && !context.parentURL?.endsWith('/bench/undici-client.ts')
    return next(isClient ? new URL('undici-client.ts', import.meta.url).href : specifier, context)
  },
})
await import('../gateway/main.ts')
