import { z } from 'zod'
import { isId } from '../../platform/ids.ts'

/** A product, as answers that are remembered with a key name it. */
export const product = z.object({ id: z.string().refine((id) => isId('product', id)) })

/** Answers that several mutations give, as they are read back from what was remembered. */
export const outOfStock = z.object({
  __typename: z.literal('OutOfStock'),
  message: z.string(),
  shortages: z.array(z.object({ product, requestedQuantity: z.number(), availableQuantity: z.number() })),
})

export const invalidInput = z.object({
  __typename: z.literal('InvalidInput'),
  message: z.string(),
  fields: z.array(z.object({ path: z.array(z.string()), message: z.string() })),
})
