-- Who did what that somebody may have to answer for. It is only ever added to.
create table audit_trail (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  action text not null,
  outcome text not null check (outcome in ('done', 'refused')),
  -- The account that acted; null where nobody was signed in.
  actor_id uuid,
  actor_role text,
  -- What it was done to, by its id.
  subject text,
  client_address text not null,
  request_id text not null
);

create index audit_trail_by_actor on audit_trail (actor_id, id);

create function refuse_change_of_audit_trail() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is only added to';
end
$$;

create trigger append_only before update or delete or truncate on audit_trail
  for each statement execute function refuse_change_of_audit_trail();
