-- What was taken back, in the order of the commits. A row dies when no token it concerns can be accepted any more;
-- its number is never given again.
CREATE TABLE revocations (
    number BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    issued_before BIGINT,
    cause TEXT NOT NULL,
    at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revocations_by_expiry ON revocations (expires_at);

-- Numbers that outlive the rows they were given to: the last revocation, the longest life of an access token.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- Which instance of which site follows the feed, and up to which number it refuses what was revoked.
CREATE TABLE feed_receipts (
    client_id TEXT NOT NULL,
    instance TEXT NOT NULL,
    number BIGINT NOT NULL,
    received_ms BIGINT NOT NULL,
    connected_until BIGINT NOT NULL,
    PRIMARY KEY (client_id, instance)
);
