-- What ended long ago is found without looking at what has not.
create index refresh_tokens_by_use on refresh_tokens (used_at) where used_at is not null;
create index sessions_by_expiry on sessions (expires_at);
create index sessions_by_end on sessions (ended_at) where ended_at is not null;
create index sign_in_failures_by_end on sign_in_failures (window_ends_at);
