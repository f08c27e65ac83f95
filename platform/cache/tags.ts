import type { EventPayloads, EventType } from '../events/events.ts'

/** What an event makes a thing of the past: the tags that `@cacheTag` names in the schema. */
type TagsOf = { [Type in EventType]: (payload: EventPayloads[Type]) => string[] }

const ofTodo = ({ todoId, ownerId }: EventPayloads['todo.created']) => [`todo:${todoId}`, `user:${ownerId}:todos`]
const ofProduct = ({ productId }: EventPayloads['product.created']) => [
  `product:${productId}`,
  'products',
  // Orders keeps stock of what it has heard of.
  `stock:${productId}`,
]
const ofOrder = ({ orderId, buyerId }: EventPayloads['order.placed']) =>
  buyerId === null ? [`order:${orderId}`] : [`order:${orderId}`, `user:${buyerId}:orders`]
const ofUser = ({ userId }: { userId: string }) => [`user:${userId}`]

const tagsByType: TagsOf = {
  'user.registered': ofUser,
  'user.updated': ofUser,
  'user.deleted': ({ userId }) => [`user:${userId}`, `user:${userId}:todos`, `user:${userId}:orders`],
  'todo.created': ofTodo,
  'todo.updated': ofTodo,
  'todo.completed': ofTodo,
  'todo.reopened': ofTodo,
  'todo.deleted': ofTodo,
  'product.created': ofProduct,
  'product.updated': ofProduct,
  'product.retired': ofProduct,
  'order.placed': ofOrder,
  'order.confirmed': ofOrder,
  'order.shipped': ofOrder,
  'order.cancelled': ofOrder,
  'order.anonymized': ({ orderId }) => [`order:${orderId}`],
  'stock.changed': ({ productId }) => [`stock:${productId}`],
}

/** The tags of what an event tells of. @param payload that of the type, checked before */
export function tagsOf<Type extends EventType>(type: Type, payload: EventPayloads[Type]): string[] {
  return tagsByType[type](payload)
}
