import type { ApolloServerOptions, BaseContext } from '@apollo/server'
import { LRUCache } from 'lru-cache'
import type { Admission } from './admission.ts'

type KeyValueCache = NonNullable<Exclude<ApolloServerOptions<BaseContext>['persistedQueries'], false>>['cache']

/** What documents may take that clients registered, in characters. */
const REGISTERED = 10_000_000

/** Documents by the ids that clients send in their place: those of the list, and those that clients register by their hash. */
export class PersistedDocuments {
  readonly #registered = new LRUCache<string, string>({
    maxSize: REGISTERED,
    sizeCalculation: (document, id) => document.length + id.length,
  })
  readonly #admission: Admission | null

  /** @param admission null where there is no list */
  constructor(admission: Admission | null) {
    this.#admission = admission
  }

  find(id: string): string | undefined {
    return this.#admission?.safelist.find(id) ?? this.#registered.get(id)
  }

  /** The same for Apollo Server, which registers what it found to be right. */
  readonly cache: NonNullable<KeyValueCache> = {
    get: async (key) => this.find(idIn(key)),
    set: async (key, document) => this.#register(idIn(key), document),
    delete: async (key) => this.#registered.delete(idIn(key)),
  }

  /** Where only what is on the list is answered, nobody registers anything. */
  #register(id: string, document: string): void {
    if (this.#admission?.mode !== 'safelist') this.#registered.set(id, document)
  }
}

/** Apollo Server marks its keys. */
const idIn = (key: string) => key.replace(/^apq:/, '')
