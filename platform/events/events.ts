import { z } from 'zod'
import { isId, type UserId } from '../ids.ts'

/**
 * Everything that can happen, by type, with the payload that tells of it: the one file that publishers and consumers
 * share. A payload only ever gains optional fields; anything else is a new type, such as `user.deleted.v2`.
 */
export interface EventPayloads {
  'user.registered': { userId: UserId }
  'user.deleted': { userId: UserId }
}

export type EventType = keyof EventPayloads

const userId = z.string().refine((id) => isId('user', id), 'must be a user id')

/** Payloads are checked when they arrive: a publisher may be of another version. */
export const eventSchemas: { [Type in EventType]: z.ZodType<EventPayloads[Type]> } = {
  'user.registered': z.object({ userId }),
  'user.deleted': z.object({ userId }),
}

/** An event that is to be published, with the object that it happened to. */
export interface NewEvent<Type extends EventType = EventType> {
  type: Type
  /** The id of the object that it happened to: its events are delivered in order. */
  aggregateId: string
  payload: EventPayloads[Type]
}

/** An event on its way to consumers. */
export interface PublishedEvent {
  /** A UUID, the same at every delivery. */
  id: string
  type: EventType
  payload: unknown
}
