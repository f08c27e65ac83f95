import { loadByKey, loadByOwner } from '../../platform/graphql/loaders.ts'
import type { Page } from '../../platform/graphql/pages.ts'
import type { UserId } from '../../platform/ids.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import type { SortOrder } from '../../platform/postgres/keyset.ts'
import { countsOfUsers, countTodos, todoPages, todosByIds, type Filter, type TodoId } from './store.ts'

/** A page of somebody's list. */
export interface ListParameters {
  filter: Filter
  order: SortOrder
  page: Page
}

/** The reads by key of one request. */
export function createLoaders(db: Queries) {
  return {
    todoById: loadByKey(
      (ids: readonly TodoId[]) => todosByIds(db, ids),
      (todo) => todo.id,
    ),
    countsOfUser: loadByKey(
      (users: readonly UserId[]) => countsOfUsers(db, users),
      (counts) => counts.owner,
    ),
    pageOfUser: loadByOwner((users: UserId[], { filter, order, page }: ListParameters) =>
      todoPages(db, users, filter, order, page),
    ),
    countOfUser: loadByOwner((users: UserId[], filter: Filter) => countTodos(db, users, filter)),
  }
}

export type Loaders = ReturnType<typeof createLoaders>
