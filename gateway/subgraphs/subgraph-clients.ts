import { LRUCache } from 'lru-cache'
import { createPassportOffice } from '../../platform/identity/passport.ts'
import { SubgraphClient, type Writes } from './subgraph-client.ts'

/** Where a subgraph is, and the keys that it shares with the gateway. */
export interface KnownSubgraph {
  name: string
  url: string
  passportKeys: [string, ...string[]]
}

/** The subgraphs of one supergraph, by their names, for as long as it is served. */
export interface Subgraphs extends AsyncDisposable {
  get: (name: string) => SubgraphClient | undefined
  /** The client of a subgraph that is somewhere else for once. */
  at: (name: string, url: string) => SubgraphClient | undefined
}

/** Addresses for once that are remembered. */
const ROUTED = 20

interface Shared {
  client: SubgraphClient
  /** The supergraphs that use it. */
  users: number
}

/** The clients of subgraphs: supergraphs that are served one after the other share those of the same address and key. */
export class SubgraphClients {
  readonly #shared = new Map<string, Shared>()
  readonly #writes: Writes = { count: 0 }

  /** Gives the clients of a supergraph's subgraphs; each ends when the last supergraph that uses it lets go. */
  of(subgraphs: KnownSubgraph[]): Subgraphs {
    // First, so that nothing is held when one of them has no address.
    for (const { url } of subgraphs) void new URL(url)
    const held = new Map(subgraphs.map((subgraph) => [subgraph.name, this.#hold(subgraph)]))
    const routed = new LRUCache<string, KnownSubgraph>({ max: ROUTED, dispose: (each) => void this.#release(each) })
    return {
      get: (name) => held.get(name)?.client,
      at: (name, url) => {
        const known = subgraphs.find((each) => each.name === name)
        const elsewhere = known && { ...known, url }
        if (!elsewhere) return undefined
        if (routed.get(keyOf(elsewhere))) return this.#shared.get(keyOf(elsewhere))?.client
        routed.set(keyOf(elsewhere), elsewhere)
        return this.#hold(elsewhere).client
      },
      [Symbol.asyncDispose]: async () => {
        routed.clear()
        await Promise.all(subgraphs.map((subgraph) => this.#release(subgraph)))
      },
    }
  }

  #hold(subgraph: KnownSubgraph): Shared {
    const key = keyOf(subgraph)
    const shared = this.#shared.get(key) ?? { client: this.#open(subgraph), users: 0 }
    shared.users++
    this.#shared.set(key, shared)
    return shared
  }

  #open({ name, url, passportKeys }: KnownSubgraph): SubgraphClient {
    return new SubgraphClient(name, url, createPassportOffice(name, passportKeys), this.#writes)
  }

  async #release(subgraph: KnownSubgraph): Promise<void> {
    const shared = this.#shared.get(keyOf(subgraph))
    if (!shared || --shared.users > 0) return
    this.#shared.delete(keyOf(subgraph))
    await shared.client[Symbol.asyncDispose]()
  }
}

const keyOf = ({ name, url, passportKeys }: KnownSubgraph) => JSON.stringify([name, url, passportKeys])
