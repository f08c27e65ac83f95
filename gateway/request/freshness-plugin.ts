import type { ApolloServerPlugin } from '@apollo/server'
import type { GatewayContext } from '../context.ts'

/** Says of what takes the way through Apollo Server how long it may be kept, as is said of what does not. */
export const freshnessPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, contextValue: { freshness, viewer, isPriced } }) {
        const isRight = response.body.kind === 'single' && !response.body.singleResult.errors
        if (!isRight) freshness.spoil()
        response.http.headers.set('cache-control', freshness.headerFor(viewer !== null || isPriced))
        if (freshness.stories.length > 0) response.http.headers.set('x-cache', freshness.summary)
      },
    }
  },
}
