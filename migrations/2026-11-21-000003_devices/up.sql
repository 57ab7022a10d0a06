-- A device is a browser that somebody has signed in from, told from others by a cookie of which only the hash is kept.
CREATE TABLE devices (
    id TEXT NOT NULL PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX devices_by_last_seen ON devices (last_seen_at);

-- Sessions that began earlier have neither.
ALTER TABLE sessions ADD COLUMN device_id TEXT;
ALTER TABLE sessions ADD COLUMN address TEXT;
CREATE UNIQUE INDEX sessions_open_by_device ON sessions (user_id, device_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_device ON sessions (device_id);
