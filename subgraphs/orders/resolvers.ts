import { referenceTo } from '../../platform/ids.ts'
import type { CompleteResolvers } from '../../platform/subgraph/complete-resolvers.ts'
import type { Resolvers, ResolversParentTypes } from './generated.ts'
import { canBeCancelled } from './service.ts'

export const resolvers: CompleteResolvers<Resolvers, ResolversParentTypes> = {
  Query: {
    order: (_, { id }, { orders }) => orders.find(id),
  },
  Mutation: {
    placeOrder: (_, { input }, { orders }) => orders.place(input),
    cancelOrder: async (_, { input }, { orders }) => {
      const result = await orders.cancel(input)
      return '__typename' in result ? result : { __typename: 'CancelOrderSuccess', order: result }
    },
    shipOrder: async (_, { input }, { orders }) => {
      const result = await orders.ship(input.id)
      return '__typename' in result ? result : { __typename: 'ShipOrderSuccess', order: result }
    },
    adjustStock: (_, { input }, { orders }) => orders.adjustStock(input),
  },
  User: {
    __resolveReference: ({ id }) => referenceTo('user', id),
    orders: (user, args, { orders }) => orders.list(user.id, args),
  },
  Product: {
    __resolveReference: ({ id }) => referenceTo('product', id),
    availableQuantity: (product, _, { orders }) => orders.availableOf(product.id),
  },
  Order: {
    __resolveReference: ({ id }, { orders }) => orders.find(id),
    lines: (order, _, { orders }) => orders.linesOf(order),
    history: (order, _, { orders }) => orders.historyOf(order),
    buyer: (order) => order.buyerId && { id: order.buyerId },
    canBeCancelled,
  },
  OrderLine: {
    product: (line) => ({ id: line.productId }),
  },
}
