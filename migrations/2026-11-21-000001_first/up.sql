-- One text for SQLite and PostgreSQL: ids and hashes are TEXT, times BIGINT seconds since 1970,
-- lists and objects JSON in TEXT. Secrets appear as hashes only; private keys are sealed under the master key.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    status TEXT NOT NULL,
    not_before BIGINT NOT NULL,
    claims TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    secret_hashes TEXT,
    redirect_uris TEXT NOT NULL,
    post_logout_redirect_uris TEXT NOT NULL,
    grants TEXT NOT NULL,
    scopes TEXT NOT NULL,
    audience TEXT NOT NULL,
    require_pkce BOOLEAN NOT NULL,
    consent TEXT NOT NULL,
    access_token_lifetime BIGINT,
    not_before BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    state_since BIGINT NOT NULL,
    sealed_pem TEXT NOT NULL
);

-- A row stays after the session ended: its cause answers "why was I signed out?".
CREATE TABLE sessions (
    sid TEXT NOT NULL PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    amr TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_cause TEXT
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE authorization_codes (
    hash TEXT NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    user_id TEXT NOT NULL,
    sid TEXT NOT NULL,
    scope TEXT NOT NULL,
    claims TEXT NOT NULL,
    nonce TEXT,
    code_challenge TEXT,
    auth_time BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    redeemed_at BIGINT
);
CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);

-- A grant is one redeemed code: the refresh family of one session at one client.
CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    sid TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    claims TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    refresh_hash TEXT,
    generation BIGINT NOT NULL,
    refresh_issued_at BIGINT NOT NULL,
    previous_hash TEXT,
    previous_replaced_at BIGINT,
    previous_answer TEXT,
    ended_at BIGINT,
    ended_cause TEXT
);
CREATE INDEX grants_by_session ON grants (sid);
CREATE INDEX grants_by_user ON grants (user_id);
CREATE INDEX grants_by_client ON grants (client_id);
CREATE INDEX grants_by_expiry ON grants (expires_at);

-- Access tokens given back one by one; kept until they would have expired, plus leeway.
CREATE TABLE denied_tokens (
    jti TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);

CREATE TABLE consents (
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);

CREATE TABLE throttles (
    bucket TEXT NOT NULL PRIMARY KEY,
    full_at BIGINT NOT NULL
);

CREATE TABLE audit_events (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    user_id TEXT,
    client_id TEXT,
    sid TEXT,
    address TEXT,
    detail TEXT
);
CREATE INDEX audit_events_by_time ON audit_events (at);
CREATE INDEX audit_events_by_user ON audit_events (user_id);
