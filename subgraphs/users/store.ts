import { z } from 'zod'
import type { Connection, Page, Slice } from '../../platform/graphql/pages.ts'
import { idOf, isId, uuidOf, type UserId } from '../../platform/ids.ts'
import type { Role } from '../../platform/identity/viewer.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { instant, keysetOf, sliceOf, type SortOrder } from '../../platform/postgres/keyset.ts'
import { containing } from '../../platform/postgres/patterns.ts'

const userId = z.string().transform((uuid) => idOf('user', uuid))

const user = z
  .object({
    id: userId,
    username: z.string(),
    display_name: z.string(),
    email: z.string(),
    role: z.enum(['CUSTOMER', 'ADMIN']),
    created_at: z.date(),
  })
  .transform(({ display_name, created_at, ...rest }) => ({ ...rest, displayName: display_name, createdAt: created_at }))

export type UserRow = z.infer<typeof user>
export type UserConnectionRow = Connection<UserRow>

const columns = 'id, username, display_name, email, role, created_at'

const credentials = z
  .object({ id: userId, role: z.enum(['CUSTOMER', 'ADMIN']), password_hash: z.string() })
  .transform(({ id, role, password_hash }) => ({ userId: id, role, passwordHash: password_hash }))

/** What a sign-in is checked against. */
export type Credentials = z.infer<typeof credentials>

/** The order of the list of all users. */
export const NEWEST_FIRST: SortOrder = {
  name: 'CREATED_AT DESC',
  expression: 'created_at',
  type: instant,
  direction: 'DESC',
}

export async function usersByIds(db: Queries, ids: readonly UserId[]): Promise<UserRow[]> {
  return user
    .array()
    .parse(await db.query(`select ${columns} from accounts where id = any($1::uuid[])`, [ids.map(uuidOf)]))
}

export async function usersByUsernames(db: Queries, usernames: readonly string[]): Promise<UserRow[]> {
  return user
    .array()
    .parse(await db.query(`select ${columns} from accounts where username = any($1::text[])`, [usernames]))
}

/** The next accounts after an id, in the order of their ids; the first ones after null. */
export async function usersAfter(db: Queries, id: string | null): Promise<UserRow[]> {
  const after = id && isId('user', id) ? uuidOf(id) : null
  const raw = await db.query(
    `select ${columns} from accounts where $1::uuid is null or id > $1 order by id limit 500`,
    [after],
  )
  return user.array().parse(raw)
}

const MATCHES = `($1::text is null or username ilike $1 or display_name ilike $1)`

/** A page of the users whose names contain `search`; of all when it is null. */
export async function userPage(db: Queries, search: string | null, page: Page): Promise<Slice<UserRow>> {
  const keyset = keysetOf(page, NEWEST_FIRST, 2)
  const raw = await db.query(
    `select * from ${keyset.from(columns, `accounts where ${MATCHES}`)} order by ${keyset.orderBy}`,
    [search && containing(search), ...keyset.values],
  )
  return sliceOf(raw, user, page)
}

export async function countUsers(db: Queries, search: string | null): Promise<number> {
  const raw = await db.query(`select count(*)::int as count from accounts where ${MATCHES}`, [
    search && containing(search),
  ])
  return z.tuple([z.object({ count: z.number() })]).parse(raw)[0].count
}

export interface NewUser {
  id: UserId
  username: string
  displayName: string
  email: string
  role: Role
  passwordHash: string
}

/** @throws DatabaseError that names `accounts_username_key` or `accounts_email_key` when one of them is taken. */
export async function insertUser(
  db: Queries,
  { id, username, displayName, email, role, passwordHash }: NewUser,
): Promise<UserRow> {
  const raw = await db.query(
    `insert into accounts (id, username, display_name, email, role, password_hash) values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
    [uuidOf(id), username, displayName, email, role, passwordHash],
  )
  return user.parse(raw[0])
}

/** Changes what is not null; gives null when the account is gone. */
export async function updateNames(
  db: Queries,
  id: UserId,
  username: string | null,
  displayName: string | null,
): Promise<RenamedUser | null> {
  const raw = await db.query(
    `update accounts set username = coalesce($2, username), display_name = coalesce($3, display_name),
       names_version = names_version + 1
     where id = $1 returning ${columns}, names_version`,
    [uuidOf(id), username, displayName],
  )
  const [row] = raw
  if (row === undefined) return null
  return { user: user.parse(row), version: namesVersion.parse(row).names_version }
}

/** A user with other names, and how often those have changed. */
export interface RenamedUser {
  user: UserRow
  version: number
}

const namesVersion = z.object({ names_version: z.number() })

export async function credentialsByEmail(db: Queries, email: string): Promise<Credentials | null> {
  const raw = await db.query('select id, role, password_hash from accounts where lower(email) = lower($1)', [email])
  return credentials.array().parse(raw)[0] ?? null
}

export async function credentialsById(db: Queries, id: UserId): Promise<Credentials | null> {
  const raw = await db.query('select id, role, password_hash from accounts where id = $1', [uuidOf(id)])
  return credentials.array().parse(raw)[0] ?? null
}

/** Holds an account as it is until the transaction ends; tells whether the credentials are still its own. */
export async function lockCredentials(db: Queries, { userId: id, passwordHash }: Credentials): Promise<boolean> {
  const raw = await db.query('select from accounts where id = $1 and password_hash = $2 for share', [
    uuidOf(id),
    passwordHash,
  ])
  return raw.length > 0
}

/** Holds an account alone until the transaction ends, so that nobody begins a session of it meanwhile. */
export async function lockUser(db: Queries, id: UserId): Promise<void> {
  await db.query('select from accounts where id = $1 for update', [uuidOf(id)])
}

/** Sets the password unless it was changed meanwhile; tells whether it did. */
export async function replacePassword(db: Queries, id: UserId, from: string, to: string): Promise<boolean> {
  const raw = await db.query(
    'update accounts set password_hash = $3 where id = $1 and password_hash = $2 returning id',
    [uuidOf(id), from, to],
  )
  return raw.length > 0
}

const deleted = z.array(z.object({ email: z.string() }))

/** Deletes an account with all that hangs on it; gives its e-mail address, or null when there was none. */
export async function deleteUser(db: Queries, id: UserId): Promise<string | null> {
  const raw = await db.query('delete from accounts where id = $1 returning email', [uuidOf(id)])
  return deleted.parse(raw)[0]?.email ?? null
}
