import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { idOf, uuidOf, type UserId } from '../../platform/ids.ts'
import type { SessionId } from '../../platform/identity/viewer.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { inBatches } from '../../platform/postgres/in-batches.ts'

const sessionId = z.string().transform((uuid) => idOf('session', uuid))
const userId = z.string().transform((uuid) => idOf('user', uuid))

const session = z
  .object({
    id: sessionId,
    account_id: userId,
    user_agent: z.string().nullable(),
    created_at: z.date(),
    last_used_at: z.date(),
  })
  .transform(({ id, account_id, user_agent, created_at, last_used_at }) => ({
    id,
    userId: account_id,
    userAgent: user_agent,
    createdAt: created_at,
    lastUsedAt: last_used_at,
  }))

export type SessionRow = z.infer<typeof session>

const columns = 'id, account_id, user_agent, created_at, last_used_at'

const endedSession = z.array(z.object({ session_id: sessionId }))

export interface NewSession {
  id: SessionId
  userId: UserId
  userAgent: string | null
  expiresAt: Date
}

/** Sessions that a user may have at once: one more ends the one that was not used for longest. */
const MOST_SESSIONS = 50

/** Begins a session; what ends for it is on the list that gateways read. */
export async function insertSession(db: Queries, { id, userId, userAgent, expiresAt }: NewSession): Promise<void> {
  await db.query(
    `with begun as (
       insert into sessions (id, account_id, user_agent, expires_at) values ($1, $2, $3, $4)
     ), ended as (
       update sessions set ended_at = now() where id in (
         select id from sessions where account_id = $2 and ended_at is null
         order by last_used_at desc, id desc offset $5
       ) returning id
     )
     insert into revocations (session_id) select id from ended on conflict do nothing`,
    [uuidOf(id), uuidOf(userId), userAgent, expiresAt, MOST_SESSIONS - 1],
  )
}

/** The sessions of several users that have not ended, latest first. */
export async function sessionsOfUsers(db: Queries, users: readonly UserId[]): Promise<SessionRow[]> {
  const raw = await db.query(
    `select ${columns} from sessions where account_id = any($1::uuid[]) and ended_at is null and expires_at > now()
     order by last_used_at desc, id desc`,
    [users.map(uuidOf)],
  )
  return session.array().parse(raw)
}

/** Which of a user's sessions to end: one, all but one, or all. */
export type Which = { only: SessionId } | { allBut: SessionId } | 'all'

/** Ends sessions of a user, and puts them on the list that gateways read; gives the ids of those that were alive. */
export async function endSessions(db: Queries, user: UserId, which: Which): Promise<SessionId[]> {
  const only = which !== 'all' && 'only' in which ? uuidOf(which.only) : null
  const allBut = which !== 'all' && 'allBut' in which ? uuidOf(which.allBut) : null
  const raw = await db.query(
    `with ended as (
       update sessions set ended_at = now()
       where account_id = $1 and ended_at is null and ($2::uuid is null or id = $2) and ($3::uuid is null or id <> $3)
       returning id, expires_at > now() as was_alive
     ), told as (
       insert into revocations (session_id) select id from ended on conflict do nothing
     )
     select id as session_id from ended where was_alive`,
    [uuidOf(user), only, allBut],
  )
  return endedSession.parse(raw).map(({ session_id }) => session_id)
}

/** Ids of sessions as others have them: the same are asked for each second, and to write one takes longer than to find it. */
const told = new LRUCache<string, SessionId>({ max: 50_000 })

function toldAs(uuid: string): SessionId {
  const id = told.get(uuid) ?? idOf('session', uuid)
  told.set(uuid, id)
  return id
}

const revoked = z.array(z.object({ session_id: z.string() }))

/** Sessions that ended within the last `seconds`. */
export async function recentRevocations(db: Queries, seconds: number): Promise<SessionId[]> {
  const raw = await db.query(
    'select session_id from revocations where revoked_at > now() - make_interval(secs => $1)',
    [seconds],
  )
  return revoked.parse(raw).map(({ session_id }) => toldAs(session_id))
}

/** Removes what no token can refer to any more. */
export async function pruneSessions(db: Queries, seconds: number): Promise<void> {
  await inBatches(
    db,
    `delete from revocations where session_id = any(array(
       select session_id from revocations where revoked_at < now() - make_interval(secs => $1) limit $2)) returning 1`,
    [seconds],
  )
  // A used token is kept to notice a second use; after this long whoever stole it has given up.
  await inBatches(
    db,
    `delete from refresh_tokens where hash = any(array(
       select hash from refresh_tokens where used_at < now() - interval '7 days' limit $1)) returning 1`,
    [],
  )
  for (const isOver of ['expires_at < now()', `ended_at < now() - interval '30 days'`])
    await inBatches(
      db,
      `delete from sessions where id = any(array(select id from sessions where ${isOver} limit $1)) returning 1`,
      [],
    )
  await inBatches(
    db,
    `delete from sign_in_failures where subject = any(array(
       select subject from sign_in_failures where window_ends_at < now() limit $1)) returning 1`,
    [],
  )
}

export async function insertRefreshToken(db: Queries, hash: Buffer, id: SessionId): Promise<void> {
  await db.query('insert into refresh_tokens (hash, session_id) values ($1, $2)', [hash, uuidOf(id)])
}

const presentedToken = z
  .object({
    session_id: sessionId,
    account_id: userId,
    role: z.enum(['CUSTOMER', 'ADMIN']),
    used_seconds_ago: z.number().nullable(),
    successor_index: z.number().nullable(),
    is_successor_used: z.boolean().nullable(),
  })
  .transform((row) => ({
    sessionId: row.session_id,
    userId: row.account_id,
    role: row.role,
    usedSecondsAgo: row.used_seconds_ago,
    /** Which of the possible successors follows it; null while none does. */
    successorIndex: row.successor_index,
    isSuccessorUsed: row.is_successor_used ?? false,
  }))

/** A refresh token that somebody sent, with the state of its session. */
export type PresentedToken = z.infer<typeof presentedToken>

/** Finds a refresh token of a live session and locks it, so that two uses at once are one after the other. */
export async function findRefreshToken(
  db: Queries,
  hash: Buffer,
  successors: Buffer[],
): Promise<PresentedToken | null> {
  const locked = await db.query(
    // The session first, as whoever changes the password does: the token is then read as the one before left it.
    `with alive as materialized (
       select id, account_id from sessions
       where id = (select session_id from refresh_tokens where hash = $1) and ended_at is null and expires_at > now()
       for update
     )
     select t.session_id, s.account_id, a.role,
            extract(epoch from clock_timestamp() - t.used_at)::float8 as used_seconds_ago
     from refresh_tokens t join alive s on s.id = t.session_id join accounts a on a.id = s.account_id
     where t.hash = $1
     for update of t`,
    [hash],
  )
  // A statement of its own, which sees what the one that held the lock before has committed.
  const [successor] = await db.query(
    `select array_position($1::bytea[], hash) - 1 as successor_index, used_at is not null as is_successor_used
     from refresh_tokens where hash = any($1::bytea[])`,
    [successors],
  )
  const none = { successor_index: null, is_successor_used: null }
  return presentedToken.array().parse(locked.map((row) => Object.assign({}, row, successor ?? none)))[0] ?? null
}

/** Ends a refresh token, begins its successor, and keeps the session alive until `expiresAt`. */
export async function rotateRefreshToken(db: Queries, hash: Buffer, successor: Buffer, expiresAt: Date): Promise<void> {
  await db.query(
    `with used as (
       update refresh_tokens set used_at = clock_timestamp() where hash = $1 returning session_id
     ), begun as (
       insert into refresh_tokens (hash, session_id) select $2, session_id from used
     )
     update sessions set last_used_at = clock_timestamp(), expires_at = $3 where id = (select session_id from used)`,
    [hash, successor, expiresAt],
  )
}

/** Begins a new chain of refresh tokens for a session, after a change of password. */
export async function replaceRefreshTokens(db: Queries, id: SessionId, hash: Buffer, expiresAt: Date): Promise<void> {
  // The session first: whoever exchanges a token of it meanwhile has done so before those that there are are removed.
  await db.query('update sessions set last_used_at = now(), expires_at = $2 where id = $1', [uuidOf(id), expiresAt])
  await db.query('delete from refresh_tokens where session_id = $1', [uuidOf(id)])
  await insertRefreshToken(db, hash, id)
}

const failures = z.array(z.object({ subject: z.string(), failures: z.number(), window_ends_at: z.date() }))
export type Failures = z.infer<typeof failures>

/** Counts a sign-in as failed for several subjects, before it is tried: many at once cannot slip through. */
export async function countFailures(db: Queries, subjects: string[], windowSeconds: number): Promise<Failures> {
  const raw = await db.query(
    `insert into sign_in_failures as f (subject, failures, window_ends_at)
     select subject, 1, now() + make_interval(secs => $2) from unnest($1::text[]) as subject order by subject
     on conflict (subject) do update set
       failures = case when f.window_ends_at > now() then f.failures + 1 else 1 end,
       window_ends_at = case when f.window_ends_at > now() then f.window_ends_at else excluded.window_ends_at end
     returning subject, failures, window_ends_at`,
    [subjects, windowSeconds],
  )
  return failures.parse(raw)
}

/** Takes a sign-in that succeeded off the count again: the account starts anew, the address is one failure better. */
export async function forgiveFailures(db: Queries, account: string, address: string): Promise<void> {
  await db.query('delete from sign_in_failures where subject = $1', [account])
  await db.query('update sign_in_failures set failures = failures - 1 where subject = $1 and failures > 0', [address])
}

/** Removes what was counted of some subjects, which are locked in the order in which attempts lock them. */
export async function forgetFailures(db: Queries, subjects: string[]): Promise<void> {
  await db.query(
    `with locked as (select subject from sign_in_failures where subject = any($1::text[]) order by subject for update)
     delete from sign_in_failures where subject in (select subject from locked)`,
    [subjects],
  )
}
