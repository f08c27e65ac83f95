import type { CompleteResolvers } from '../../platform/subgraph/complete-resolvers.ts'
import type { Resolvers, ResolversParentTypes } from './generated.ts'

export const resolvers: CompleteResolvers<Resolvers, ResolversParentTypes> = {
  Query: {
    product: (_, { id }, { products }) => products.find(id),
    productBySku: (_, { sku }, { products }) => products.findBySku(sku),
    products: (_, args, { products }) => products.list(args),
  },
  Mutation: {
    createProduct: async (_, { input }, { products }) => {
      const result = await products.create(input)
      return '__typename' in result ? result : { __typename: 'CreateProductSuccess', product: result }
    },
    updateProduct: async (_, { input }, { products }) => {
      const result = await products.update(input)
      return '__typename' in result ? result : { __typename: 'UpdateProductSuccess', product: result }
    },
    retireProduct: async (_, { input }, { products }) => {
      const result = await products.retire(input.id)
      return '__typename' in result ? result : { __typename: 'RetireProductSuccess', product: result }
    },
  },
  Product: {
    __resolveReference: ({ id }, { products }) => products.find(id),
  },
}
