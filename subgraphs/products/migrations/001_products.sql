create table products (
  id uuid primary key,
  sku text not null constraint products_sku_key unique check (sku ~ '^[A-Z0-9-]{1,40}$'),
  name text not null check (char_length(name) between 1 and 200),
  description text not null check (char_length(description) <= 10000),
  price_minor_units bigint not null check (price_minor_units >= 0),
  price_currency text not null,
  is_on_sale boolean not null default true,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);

-- One index for each order of the catalogue, both ways.
create index products_by_name on products (lower(name), id) where is_on_sale;
create index products_by_price on products (price_minor_units, id) where is_on_sale;
create index products_by_creation on products (created_at, id) where is_on_sale;
create index products_by_text on products using gin (name public.gin_trgm_ops, description public.gin_trgm_ops, sku public.gin_trgm_ops);
