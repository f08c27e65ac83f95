-- Counts the changes of an account's names, so that their events have an order.
alter table accounts add column names_version int not null default 1;
