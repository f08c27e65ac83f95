import { referenceTo } from '../../platform/ids.ts'
import type { CompleteResolvers } from '../../platform/subgraph/complete-resolvers.ts'
import type { Resolvers, ResolversParentTypes } from './generated.ts'
import { todoNotFound } from './service.ts'

export const resolvers: CompleteResolvers<Resolvers, ResolversParentTypes> = {
  Query: {
    todo: (_, { id }, { todos }) => todos.find(id),
  },
  Mutation: {
    createTodo: async (_, { input }, { todos }) => {
      const result = await todos.create(input)
      return '__typename' in result ? result : { __typename: 'CreateTodoSuccess', todo: result }
    },
    updateTodo: async (_, { input }, { todos }) => {
      const result = await todos.update(input)
      return '__typename' in result ? result : { __typename: 'UpdateTodoSuccess', todo: result }
    },
    completeTodo: async (_, { input }, { todos }) => {
      const result = await todos.mark(input.id, true)
      return '__typename' in result ? result : { __typename: 'CompleteTodoSuccess', todo: result }
    },
    reopenTodo: async (_, { input }, { todos }) => {
      const result = await todos.mark(input.id, false)
      return '__typename' in result ? result : { __typename: 'ReopenTodoSuccess', todo: result }
    },
    deleteTodo: async (_, { input }, { todos }) =>
      (await todos.delete(input.id)) ? { __typename: 'DeleteTodoSuccess', deletedTodoId: input.id } : todoNotFound,
    clearCompletedTodos: async (_, _args, { todos }) => ({ deletedTodoCount: await todos.clearCompleted() }),
  },
  User: {
    __resolveReference: ({ id }) => referenceTo('user', id),
    todos: (user, args, { todos }) => todos.list(user.id, args),
    todoCounts: (user, _, { todos }) => todos.counts(user.id),
  },
  Todo: {
    __resolveReference: ({ id }, { todos }) => todos.find(id),
    owner: (todo) => ({ id: todo.ownerId }),
  },
}
