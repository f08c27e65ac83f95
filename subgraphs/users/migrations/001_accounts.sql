create table accounts (
  id uuid primary key,
  username text not null constraint accounts_username_key unique check (username ~ '^[a-z0-9_]{3,30}$'),
  display_name text not null check (char_length(display_name) between 1 and 80),
  email text not null,
  password_hash text not null,
  role text not null default 'CUSTOMER' check (role in ('CUSTOMER', 'ADMIN')),
  created_at timestamptz(3) not null default now()
);

create unique index accounts_email_key on accounts (lower(email));
create index accounts_by_creation on accounts (created_at, id);
create index accounts_by_name on accounts using gin (username public.gin_trgm_ops, display_name public.gin_trgm_ops);

-- One place where an account is signed in. An ended session stays until its last access token has expired.
create table sessions (
  id uuid primary key,
  account_id uuid not null references accounts on delete cascade,
  user_agent text,
  created_at timestamptz(3) not null default now(),
  last_used_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3)
);

create index sessions_of_account on sessions (account_id, created_at) where ended_at is null;

-- Sessions that ended lately, so that gateways stop to accept their access tokens. Not tied to sessions, since it
-- must outlive a deleted account.
create table revocations (
  session_id uuid primary key,
  revoked_at timestamptz not null default now()
);

create index revocations_by_time on revocations (revoked_at);

-- Refresh tokens by their SHA-256. A used one stays, so that a second use of it is noticed.
create table refresh_tokens (
  hash bytea primary key,
  session_id uuid not null references sessions on delete cascade,
  created_at timestamptz(3) not null default now(),
  used_at timestamptz(3)
);

create index refresh_tokens_of_session on refresh_tokens (session_id);

-- Failed sign-ins, counted per account and per address within a window of time.
create table sign_in_failures (
  subject text primary key,
  failures integer not null,
  window_ends_at timestamptz(3) not null
);
