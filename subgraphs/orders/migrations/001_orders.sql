-- What orders knows of products: a copy that their events feed, so that placing an order asks nobody else.
create table products (
  id uuid primary key,
  sku text not null,
  price_minor_units bigint not null check (price_minor_units >= 0),
  price_currency text not null,
  is_on_sale boolean not null,
  version integer not null
);

-- To whom to write: a copy that users' events feed. Of a deleted account the id alone is left, so that an older event
-- that comes late does not bring the rest back.
create table buyers (
  id uuid primary key,
  username text,
  email text
);

-- Units: on hand in the warehouse, of which some are reserved by orders that were not shipped yet.
create table stock (
  product_id uuid primary key,
  on_hand integer not null default 0 check (on_hand between 0 and 1000000000),
  reserved integer not null default 0,
  version integer not null default 1,
  check (reserved between 0 and on_hand)
);

create type order_status as enum ('PLACED', 'CONFIRMED', 'SHIPPED', 'CANCELLED');

-- Numbers to read out: unique, and not without gaps, since a transaction that fails gives its number to nobody.
create sequence order_numbers;

create table orders (
  id uuid primary key,
  number text not null unique,
  -- Null once the account is deleted.
  buyer_id uuid,
  status order_status not null,
  total_minor_units bigint not null check (total_minor_units >= 0),
  currency text not null,
  version integer not null,
  placed_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

create index orders_of_buyer on orders (buyer_id, placed_at, id);

create table order_lines (
  order_id uuid not null references orders,
  position integer not null,
  product_id uuid not null,
  quantity integer not null check (quantity between 1 and 1000),
  unit_price_minor_units bigint not null check (unit_price_minor_units >= 0),
  primary key (order_id, position),
  unique (order_id, product_id)
);

create index order_lines_of_product on order_lines (product_id);

-- What happened to orders, from which their present state can be rebuilt.
create table order_events (
  order_id uuid not null references orders,
  version integer not null,
  status order_status not null,
  at timestamptz(3) not null,
  reason text check (char_length(reason) <= 500),
  primary key (order_id, version)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end
$$;

create trigger order_events_are_append_only before update or delete on order_events
  for each row execute function refuse_change();

-- The first answer to each key of each user. A row without an answer is of a transaction that still runs.
create table idempotency_keys (
  user_id uuid not null,
  operation text not null,
  key text not null,
  request_hash bytea not null,
  answer jsonb,
  created_at timestamptz not null default now(),
  primary key (user_id, operation, key)
);

create index idempotency_keys_by_age on idempotency_keys (created_at);
