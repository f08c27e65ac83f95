import { createPassportOffice } from '../../platform/identity/passport.ts'
import { SubgraphClient, type Writes } from './subgraph-client.ts'

/** Where a subgraph is, and the keys that it shares with the gateway. */
export interface KnownSubgraph {
  name: string
  url: string
  passportKeys: [string, ...string[]]
}

/** The clients of all subgraphs; one whose address stays is kept when the supergraph changes. */
export class SubgraphClients implements AsyncDisposable {
  readonly #clients = new Map<string, SubgraphClient>()
  readonly #all = new AsyncDisposableStack()
  readonly #writes: Writes = { count: 0 }

  get(name: string): SubgraphClient | undefined {
    return this.#clients.get(name)
  }

  /** Learns where subgraphs are. */
  know(subgraphs: KnownSubgraph[]): void {
    for (const { name, url, passportKeys } of subgraphs) {
      if (this.#clients.get(name)?.url === url) continue
      this.#clients.set(
        name,
        this.#all.use(new SubgraphClient(name, url, createPassportOffice(name, passportKeys), this.#writes)),
      )
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#all.disposeAsync()
  }
}
