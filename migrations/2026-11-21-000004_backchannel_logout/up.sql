ALTER TABLE clients ADD COLUMN backchannel_logout_uri TEXT;
ALTER TABLE clients ADD COLUMN backchannel_logout_session_required BOOLEAN NOT NULL DEFAULT FALSE;

-- Who is still to be told that a session ended: a row a session and client, written with the end itself. Times are
-- milliseconds since 1970. `state` is pending, delivered or given_up. `delivered_ms` is when the site said that it
-- refuses the session from then on: with `created_ms` it makes a receipt.
CREATE TABLE logout_deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL,
    sid TEXT NOT NULL,
    sub TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    next_ms BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    state TEXT NOT NULL,
    leased_until_ms BIGINT NOT NULL,
    last_error TEXT,
    delivered_ms BIGINT
);
CREATE INDEX logout_deliveries_due ON logout_deliveries (state, next_ms);
CREATE INDEX logout_deliveries_by_client ON logout_deliveries (client_id, created_ms);
CREATE INDEX logout_deliveries_by_session ON logout_deliveries (sid);
