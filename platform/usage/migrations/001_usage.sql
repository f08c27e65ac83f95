-- What clients ask, without what they ask it about: no variable and no literal is kept.

create table operations (
  -- SHA-256 of the text.
  id text primary key,
  -- As the client named it; '' when it did not.
  name text not null,
  -- Without literals.
  text text not null
);

-- What of the schema an operation uses; more may come to be used by the same text when the schema changes.
create table coordinates (
  operation_id text not null references operations on delete cascade,
  coordinate text not null,
  primary key (operation_id, coordinate)
);

create table uses (
  day date not null,
  operation_id text not null references operations on delete cascade,
  -- '' when the client did not tell.
  client_name text not null,
  client_version text not null,
  requests bigint not null,
  primary key (day, operation_id, client_name, client_version)
);

create index uses_by_operation on uses (operation_id);

-- The supergraphs that were served meanwhile.
create table supergraphs (
  version text primary key,
  served_since timestamptz not null default now()
);
