import { showTo, viewerOf } from '../../platform/graphql/access.ts'
import type { CompleteResolvers } from '../../platform/subgraph/complete-resolvers.ts'
import type { Context } from './context.ts'
import type { Resolvers, ResolversParentTypes } from './generated.ts'
import type { Arrival } from './sessions.ts'
import type { UserRow } from './store.ts'

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
    sessions: (user, _, context) => actingFor(user, context).users.sessionsOf(user),
  },
  Session: {
    isCurrent: (session, _, context) => viewerOf(session, context)?.sessionId === session.id,
  },
}

/** The user who has just signed in, shown to themselves; the rest of the request goes on as it came. */
async function arrive({ viewer, tokens }: Arrival, context: Context) {
  const user = await context.as(viewer).users.current()
  if (!user) throw new Error('an account is gone that somebody has just signed in to')
  return { user: showTo(viewer, user), tokens }
}

function actingFor(user: UserRow, context: Context): Context {
  const viewer = viewerOf(user, context)
  return viewer === null || viewer === context.viewer ? context : context.as(viewer)
}
