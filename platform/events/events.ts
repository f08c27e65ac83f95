import { z } from 'zod'
import { isId, type Id, type UserId } from '../ids.ts'
import { currencyCode, type CurrencyCode } from '../money.ts'

/**
 * Everything that can happen, by type, with the payload that tells of it: the one file that publishers and consumers
 * share. A payload only ever gains optional fields; anything else is a new type, such as `user.deleted.v2`.
 */
export interface EventPayloads {
  'user.registered': { userId: UserId; username: string; email: string }
  'user.updated': { userId: UserId }
  'user.deleted': { userId: UserId }
  'todo.created': TodoChanged
  'todo.updated': TodoChanged
  'todo.completed': TodoChanged
  'todo.reopened': TodoChanged
  'todo.deleted': TodoChanged
  'product.created': ProductChanged
  'product.updated': ProductChanged
  'product.retired': ProductChanged
  'order.placed': OrderChanged
  'order.confirmed': OrderChanged
  'order.shipped': OrderChanged
  'order.cancelled': OrderChanged
  /** Its buyer's account is gone, and so is the name. */
  'order.anonymized': { orderId: Id<'order'> }
  'stock.changed': { productId: Id<'product'>; availableQuantity: number }
}

interface TodoChanged {
  todoId: Id<'todo'>
  ownerId: UserId
}

/** A product as it was after the change; prices in minor units, as text since JSON has no bigint. */
interface ProductChanged {
  productId: Id<'product'>
  sku: string
  price: { minorUnits: string; currencyCode: CurrencyCode }
  isOnSale: boolean
}

interface OrderChanged {
  orderId: Id<'order'>
  /** Null once the account is deleted. */
  buyerId: UserId | null
}

export type EventType = keyof EventPayloads

/** The text of an id of one type. */
const id = <const Prefix extends string>(prefix: Prefix) =>
  z.string().refine((text) => isId(prefix, text), `must be an id of type ${prefix}`)

const todoChanged = z.object({ todoId: id('todo'), ownerId: id('user') })
const productChanged = z.object({
  productId: id('product'),
  sku: z.string(),
  price: z.object({ minorUnits: z.string().regex(/^\d+$/), currencyCode }),
  isOnSale: z.boolean(),
})
const orderChanged = z.object({ orderId: id('order'), buyerId: id('user').nullable() })

/** Payloads are checked when they arrive: a publisher may be of another version. */
export const eventSchemas: { [Type in EventType]: z.ZodType<EventPayloads[Type]> } = {
  'user.registered': z.object({ userId: id('user'), username: z.string(), email: z.string() }),
  'user.updated': z.object({ userId: id('user') }),
  'user.deleted': z.object({ userId: id('user') }),
  'todo.created': todoChanged,
  'todo.updated': todoChanged,
  'todo.completed': todoChanged,
  'todo.reopened': todoChanged,
  'todo.deleted': todoChanged,
  'product.created': productChanged,
  'product.updated': productChanged,
  'product.retired': productChanged,
  'order.placed': orderChanged,
  'order.confirmed': orderChanged,
  'order.shipped': orderChanged,
  'order.cancelled': orderChanged,
  'order.anonymized': z.object({ orderId: id('order') }),
  'stock.changed': z.object({ productId: id('product'), availableQuantity: z.number().int() }),
}

/** Whether this version of the product knows events of a type. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type)
}

/** An event that is to be published: what happened to which object, at which version of it. */
export type NewEvent = { [Type in EventType]: NewEventOf<Type> }[EventType]

export interface NewEventOf<Type extends EventType> {
  type: Type
  /** The object that it happened to: its events are delivered in order. */
  aggregateId: string
  /** The object's version after the change: it rises by one with every event. */
  version: number
  payload: EventPayloads[Type]
}

/** An event on its way to consumers. */
export interface PublishedEvent {
  /** A UUID, the same at every delivery. */
  id: string
  type: EventType
  /** The object that it happened to. */
  aggregateId: string
  version: number
  payload: unknown
}
