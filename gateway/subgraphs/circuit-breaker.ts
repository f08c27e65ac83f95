import CircuitBreaker from 'opossum'
import { log } from '../../platform/process/log.ts'
import { AbandonedError, CancelledError, OperationDeadlineError, TooMuchError } from './http-client.ts'

/** A subgraph failed so often lately that it is not asked. */
export class OpenCircuitError extends Error {
  override name = 'OpenCircuitError'
}

/** A subgraph has so many calls under way that it is not asked, which says nothing of how it is. */
export class TooManyCallsError extends Error {
  override name = 'TooManyCallsError'
}

/** When it opens: more than this part of the calls of the last while failed, and there were some. */
const FAILURES = { percentage: 49.9, of: 20, within: 10_000 }

/**
 * Calls under way at once, at most, those that wait for a connection included: a subgraph that is silent leaves the
 * gateway room for what asks others.
 */
const CALLS = 500

/** After how long one call may try whether the subgraph is back, in ms. */
const PROBED_AFTER = 5_000

/**
 * Keeps calls from a subgraph that fails, so that they fail at once and it can recover: a circuit breaker (M. Nygard,
 * "Release It!").
 */
export class SubgraphBreaker implements Disposable {
  #underWay = 0
  readonly #breaker: CircuitBreaker<[(isProbe: boolean) => Promise<void>], void>

  constructor(subgraph: string) {
    this.#breaker = new CircuitBreaker((call: (isProbe: boolean) => Promise<void>) => call(this.#breaker.halfOpen), {
      timeout: false,
      errorThresholdPercentage: FAILURES.percentage,
      volumeThreshold: FAILURES.of,
      rollingCountTimeout: FAILURES.within,
      rollingPercentilesEnabled: false,
      resetTimeout: PROBED_AFTER,
      // While it is found out whether the subgraph is back, whatever is no answer says that it is not.
      errorFilter: (error: unknown) => !this.#breaker.halfOpen && isOfAsker(error),
    })
    this.#breaker.on('open', () => log.error({ subgraph }, 'a subgraph fails too often, and is not asked for a while'))
    this.#breaker.on('close', () => log.info({ subgraph }, 'a subgraph is asked again'))
  }

  /**
   * @param call is told whether it finds out if the subgraph is back: what becomes of it is then the subgraph's doing.
   * @throws OpenCircuitError or TooManyCallsError when the subgraph is not to be asked, or what the call throws.
   */
  async run<Answer>(call: (isProbe: boolean) => Promise<Answer>): Promise<Answer> {
    if (this.#underWay >= CALLS) throw new TooManyCallsError(`it has ${CALLS} calls under way`)
    this.#underWay++
    try {
      return await this.#fire(call)
    } finally {
      this.#underWay--
    }
  }

  #fire<Answer>(call: (isProbe: boolean) => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#breaker
        .fire(async (isProbe) => resolve(await call(isProbe)))
        .catch((error) =>
          reject(CircuitBreaker.isOurError(error) ? new OpenCircuitError('it failed too often') : error),
        )
    })
  }

  [Symbol.dispose](): void {
    this.#breaker.shutdown()
  }
}

/** Whether a call failed because of who asked, which says nothing of the subgraph. */
function isOfAsker(error: unknown): boolean {
  if (error instanceof AbandonedError) return false
  return [CancelledError, OperationDeadlineError, TooMuchError].some((kind) => error instanceof kind)
}
