-- Certificates that the provider orders by itself (ACME, RFC 8555; docs/adr/0083). Only tables that the version before does not know.

-- Who the installation is at a certificate authority: one account for each directory.
CREATE TABLE acme_accounts (
    directory_url TEXT NOT NULL PRIMARY KEY,
    -- The address of the account and its private key.
    sealed_credentials TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- What the authority is to find over http while an order is under way, on whichever node it looks (RFC 8555 8.3).
CREATE TABLE acme_challenges (
    token TEXT NOT NULL PRIMARY KEY,
    key_authorization TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX acme_challenges_by_expiry ON acme_challenges (expires_at);

-- The certificate for some names of one directory, and how its order stands.
CREATE TABLE acme_certificates (
    -- A hash of the directory and the names.
    id TEXT NOT NULL PRIMARY KEY,
    -- The certificate with the chain above it, in PEM; NULL until there is one.
    chain TEXT,
    sealed_key TEXT,
    ends_at BIGINT,
    -- When the next one is ordered, and when the authority is asked again whether that should be another time.
    renew_at BIGINT NOT NULL,
    ask_at BIGINT NOT NULL,
    -- Failures since the last success, and when to try again.
    failures BIGINT NOT NULL CHECK (failures >= 0),
    try_at BIGINT NOT NULL,
    failing_since BIGINT,
    last_error TEXT,
    -- The node that has it in hand, and until when no other takes it.
    node TEXT NOT NULL,
    leased_until BIGINT NOT NULL,
    CHECK ((chain IS NULL) = (sealed_key IS NULL)),
    CHECK ((chain IS NULL) = (ends_at IS NULL))
);
