-- What happened here and is to be told: written in the transaction of the change itself.
create table outbox (
  id uuid primary key,
  position bigint generated always as identity,
  type text not null,
  aggregate_id text not null,
  version integer not null,
  payload jsonb not null,
  occurred_at timestamptz(3) not null default now(),
  claimed_until timestamptz,
  attempts integer not null default 0,
  failure text,
  -- Given up after several attempts: a dead letter, which waits for somebody to look at it.
  dead_at timestamptz,
  published_at timestamptz,
  unique (aggregate_id, version)
);

create index outbox_unpublished on outbox (aggregate_id, version) where published_at is null and dead_at is null;
create index outbox_by_position on outbox (position) where published_at is null and dead_at is null;
create index outbox_dead on outbox (dead_at) where dead_at is not null;
create index outbox_published on outbox (published_at) where published_at is not null;

-- Which events had their effect here: written in the transaction of the effect. A reaction (such as a mail) is a part
-- of its own, written after it.
create table inbox (
  event_id uuid not null,
  part text not null,
  received_at timestamptz not null default now(),
  primary key (event_id, part)
);

create index inbox_by_age on inbox (received_at);

-- Whose state from before this subgraph listened has been taken over.
create table catch_ups (
  publisher text primary key,
  finished_at timestamptz not null default now()
);
