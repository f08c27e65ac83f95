import { startGateway, type GatewaySettings } from '../../gateway/index.ts'
import { limitSettings } from '../../gateway/limits/limit-settings.ts'
import { readSettings } from '../../platform/process/settings.ts'
import { UNHURRIED } from './bottomless.ts'
import { newFolder } from './folder.ts'
import type { Resources } from './resources.ts'

export interface TestGateway extends Pick<GatewaySettings, 'supergraph' | 'subgraphs'> {
  mode?: GatewaySettings['mode']
  jwksUrl?: string | undefined
  cache?: GatewaySettings['cache']
  /** One of its own if left out. */
  dataDir?: string
  /** Settings of limits. */
  environment?: NodeJS.ProcessEnv
}

/** Starts a gateway in this process; gives its address. */
export async function startTestGateway(
  { mode = 'development', jwksUrl, cache = null, environment = {}, dataDir, ...source }: TestGateway,
  resources: Resources,
): Promise<string> {
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    drainSeconds: 0,
    dataDir: dataDir ?? (await newFolder(resources)),
    mode,
    trustedProxies: 0,
    corsOrigins: [],
    jwksUrl,
    explorers: [],
    cache,
    usageDatabaseUrl: undefined,
    usageSample: 0,
    persistedOperations: 'apq',
    operationsManifest: '',
    limits: readSettings(limitSettings, { ...UNHURRIED, ...environment }),
    ...source,
  })
  resources.use(gateway)
  return `http://127.0.0.1:${gateway.port}/graphql`
}
