import type { CompleteResolvers } from '../../platform/subgraph/complete-resolvers.ts'
import type { Context } from './context.ts'
import type { Resolvers, ResolversParentTypes } from './generated.ts'
import type { Arrival } from './sessions.ts'

export const resolvers: CompleteResolvers<Resolvers, ResolversParentTypes> = {
  Query: {
    viewer: (_, _args, { users }) => users.current(),
    user: (_, { id }, { users }) => users.find(id),
    userByUsername: (_, { username }, { users }) => users.findByUsername(username),
    users: (_, args, { users }) => users.list(args),
  },
  Mutation: {
    signUp: async (_, { input }, context) => {
      const result = await context.sessions.signUp(input)
      return 'viewer' in result ? { __typename: 'SignUpSuccess', ...(await arrive(result, context)) } : result
    },
    signIn: async (_, { input }, context) => {
      const result = await context.sessions.signIn(input)
      return 'viewer' in result ? { __typename: 'SignInSuccess', ...(await arrive(result, context)) } : result
    },
    refreshSession: (_, { input }, { sessions }) => sessions.refresh(input.refreshToken),
    signOut: async (_, { input }, { sessions }) => ({ endedSessionCount: await sessions.signOut(input.everywhere) }),
    updateProfile: (_, { input }, { users }) => users.updateProfile(input),
    changePassword: (_, { input }, { sessions }) => sessions.changePassword(input),
    deleteAccount: (_, { input }, { users }) => users.deleteAccount(input.password),
  },
  User: {
    __resolveReference: ({ id }, { users }) => users.find(id),
    sessions: (user, _, { users }) => users.sessionsOf(user),
  },
  Session: {
    isCurrent: (session, _, { users }) => users.isCurrentSession(session),
  },
}

/** The rest of the operation is answered as the one who has just signed in. */
async function arrive({ viewer, tokens }: Arrival, context: Context) {
  Object.assign(context, context.as(viewer))
  const user = await context.users.current()
  if (!user) throw new Error('an account is gone that somebody has just signed in to')
  return { user, tokens }
}
