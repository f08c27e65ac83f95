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
  published_at timestamptz,
  unique (aggregate_id, version)
);

create index outbox_unpublished on outbox (aggregate_id, position) where published_at is null;
create index outbox_published on outbox (published_at) where published_at is not null;

-- Which events of others had their effect here: written in the transaction of the effect.
create table inbox (
  event_id uuid primary key,
  received_at timestamptz not null default now()
);
