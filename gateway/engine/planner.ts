import { ApolloGateway } from '@apollo/gateway'
import type { QueryPlan } from '@apollo/query-planner'
import { apolloLog } from '../../platform/process/log.ts'
import type { GatewayContext } from '../context.ts'
import { dataSourceOf } from '../subgraphs/apollo-data-source.ts'
import type { SubgraphExecutor } from '../subgraphs/subgraph-executor.ts'

/** What Apollo Server hands to a gateway. */
export type GatewayRequest = Parameters<ApolloGateway['executor']>[0]
/** What it gets back. */
export type GatewayResult = Awaited<ReturnType<ApolloGateway['executor']>>

/** Carries a plan out of Apollo's executor, which would run it otherwise. */
class Planned {
  readonly plan: QueryPlan

  constructor(plan: QueryPlan) {
    this.plan = plan
  }
}

/** Apollo's own gateway: it loads the supergraph, checks variables and plans; it runs only what asks for the schema. */
export class Planner {
  readonly gateway: ApolloGateway
  readonly #isPlanning = new WeakSet<object>()

  constructor(supergraphSdl: string, executorOf: (subgraph: string) => SubgraphExecutor) {
    this.gateway = new ApolloGateway({
      supergraphSdl,
      logger: apolloLog,
      buildService: ({ name }) => dataSourceOf(executorOf(name)),
      // Compiled operations are kept, and nobody asks for the same plan twice.
      queryPlannerConfig: {
        cache: { get: async () => undefined, set: async () => {}, delete: async () => true, clear() {} },
      },
      experimental_didResolveQueryPlan: ({ queryPlan, requestContext }) => {
        if (this.#isPlanning.has(requestContext)) throw new Planned(queryPlan)
      },
    })
  }

  /** Plans an operation, or tells what is wrong with the request. */
  async plan(request: GatewayRequest): Promise<QueryPlan | GatewayResult> {
    this.#isPlanning.add(request)
    try {
      return await this.gateway.executor(request)
    } catch (thrown) {
      if (thrown instanceof Planned) return thrown.plan
      throw thrown
    } finally {
      this.#isPlanning.delete(request)
    }
  }

  /** Lets Apollo run an operation too. */
  async run(request: GatewayRequest): Promise<GatewayResult> {
    return this.gateway.executor(request)
  }
}

/** The context that a request came with. */
export function contextOf({ context }: GatewayRequest): GatewayContext {
  const { purpose, viewer, requestId, clientAddress, client, userAgent, routed } = context
  const { isExplained, isPriced, account, bodyLength, cancellation, freshness, began, deadline } = context
  const asked = { purpose, viewer, requestId, clientAddress, client, userAgent, routed }
  return { ...asked, isExplained, isPriced, account, bodyLength, cancellation, freshness, began, deadline }
}
