create type todo_priority as enum ('LOW', 'NORMAL', 'HIGH', 'URGENT');

create table todos (
  id uuid primary key,
  owner_id uuid not null,
  title text not null check (char_length(title) between 1 and 200),
  notes text check (char_length(notes) <= 10000),
  priority todo_priority not null,
  due_at timestamptz(3),
  completed_at timestamptz(3),
  idempotency_key text check (char_length(idempotency_key) between 1 and 255),
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  constraint todos_idempotency_key unique (owner_id, idempotency_key)
);

-- One index for each order of a user's list, both ways.
create index todos_by_creation on todos (owner_id, created_at, id);
create index todos_by_priority on todos (owner_id, priority, id);
create index todos_by_due_date on todos (owner_id, (coalesce(due_at, timestamptz 'infinity')), id);
create index todos_by_due_date_latest_first on todos (owner_id, (coalesce(due_at, timestamptz '-infinity')), id);
