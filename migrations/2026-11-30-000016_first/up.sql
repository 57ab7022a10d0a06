-- The tables, in SQL that SQLite and PostgreSQL share: ids and hashes are TEXT, times BIGINT seconds since 1970 (those
-- named `_ms` milliseconds), lists and objects JSON in TEXT. Secrets appear as hashes only; private keys are sealed
-- under the master key.
--
-- REFERENCES: a row that is meaningless without another goes with it. What must outlive the row it names (audit
-- events, the revocation log, logout tokens still to be delivered) names it without a reference. A reference takes
-- nothing back: code that deletes a user or a client revokes first, since sites learn of revocations and not of deletes.
-- Every column that references another table begins an index, so that no delete scans a table.
--
-- CHECK: columns that hold one of a few words for good. Words that each new feature adds to (causes, audit events)
-- are checked by the code that reads them, because SQLite cannot change a CHECK without copying the table.
--
-- Indexes: one for every query, those of the hourly clean-up among them (`tests/stories/indexes`). It finds old sessions and
-- audit events by their ids, which begin with the time: an index on when a session was last used would cost each use.
-- `feed_acknowledgements` has a row for each process of a site, and is scanned. An index on `not_before` or `issued_before`
-- finds what a clock that was ahead has written.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'deleting')),
    -- What was issued to the user before this time is void.
    not_before BIGINT NOT NULL,
    claims TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Whether this person must prove two factors, whatever the installation asks of everybody.
    second_factor_required BOOLEAN NOT NULL,
    -- When they were first asked to set one up and might have waited: their time to wait counts from here.
    second_factor_asked_at BIGINT,
    -- When the clean-up removes the user, who asked for it and may take that back until then.
    delete_at BIGINT,
    -- When they first signed in. From then on a device that they were never on is news to them, however long ago that was, and
    -- even if the clean-up has removed the traces since.
    first_sign_in_at BIGINT,
    -- Since when no browser counts for theirs by a sign-in from before: one of those may be somebody else's.
    browsers_forgotten_at BIGINT,
    CHECK ((status = 'deleting') = (delete_at IS NOT NULL))
);
CREATE INDEX users_by_not_before ON users (not_before);
CREATE INDEX users_by_deletion ON users (delete_at) WHERE delete_at IS NOT NULL;
-- Those few among all people who may not sign in, for an administrator who asks for them. Ids begin with the time.
CREATE INDEX users_not_active ON users (status, id) WHERE status <> 'active';

-- What people may type to sign in, by the SHA-256 of its canonical spelling: their username and each verified address, in one
-- space, so that no name of one is an address of another. A hash, because a password that was typed into the wrong field must
-- not reach the statement log of the server.
CREATE TABLE sign_in_names (
    hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX sign_in_names_by_user ON sign_in_names (user_id);

-- The addresses of people. One that is not verified may be said to be several people's.
CREATE TABLE mail_addresses (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- As its owner writes it.
    address TEXT NOT NULL,
    -- NULL: not verified. Then it is no name to sign in with.
    verified_at BIGINT,
    -- The one that sites are told.
    is_primary BOOLEAN NOT NULL,
    added_at BIGINT NOT NULL
);
CREATE INDEX mail_addresses_by_user ON mail_addresses (user_id);
CREATE UNIQUE INDEX mail_addresses_primary ON mail_addresses (user_id) WHERE is_primary;

-- What an administrator finds people by: the words of their names and addresses, folded, written with the account. BYTEA, so
-- that both databases compare bytes whatever the collation: the words with one beginning follow each other, the shortest first.
CREATE TABLE search_words (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    word BYTEA NOT NULL,
    -- The words of one person: to write them, and to look whether one who was found by a word has the others as well.
    PRIMARY KEY (user_id, word)
);
-- Who has a word with this beginning, a page at a time.
CREATE INDEX search_words_by_word ON search_words (word, user_id);

-- Links in letters, which are good once: one of each purpose for a person, and for each address that is to be verified.
-- `subject` is the id of that address, or empty; for a link by which a person says that something was not them it is that of the
-- session or of the change. A newer link takes the place of an older one for the same.
CREATE TABLE mail_links (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    -- The sign-in that the person was in when they asked, sealed.
    way_back TEXT,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, purpose, subject)
);
CREATE INDEX mail_links_by_expiry ON mail_links (expires_at);

-- Links in letters to addresses that are on no account yet, by which an account is opened: one that a person asked for and one by
-- which an operator invites, for each address, by the SHA-256 of its canonical spelling. A newer link takes the place of an older one.
CREATE TABLE registration_links (
    kind TEXT NOT NULL CHECK (kind IN ('asked', 'invited')),
    address_hash TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    -- The address, what is known of its owner, and the sign-in that they were in when they asked, under the master key: the
    -- person may have typed a password into the wrong field.
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- The account that was opened by it. The row stays its time: a person who comes back to the page is led on from there.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, address_hash)
);
CREATE INDEX registration_links_by_expiry ON registration_links (expires_at);
CREATE INDEX registration_links_by_user ON registration_links (user_id);

-- Links by which a person becomes an administrator, by the SHA-256 of their secret. `is_first`: good only while there is none.
CREATE TABLE administrator_links (
    secret_hash TEXT NOT NULL PRIMARY KEY,
    is_first BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Who became one by it. The row stays its time: a form that was sent twice is led on.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX administrator_links_by_expiry ON administrator_links (expires_at);
CREATE INDEX administrator_links_by_user ON administrator_links (user_id);

-- The pictures of people, as this server has drawn them anew: JPEG, in two sizes. A table of its own, so that sign-ins do not
-- read it. Everyone who knows the name of one may load it; a name has 128 random bits.
CREATE TABLE pictures (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL UNIQUE,
    small BYTEA NOT NULL,
    large BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- A user has one password at most, or none. Each other kind of credential gets a table of its own.
CREATE TABLE password_credentials (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- A PHC string (argon2id).
    hash TEXT NOT NULL,
    -- Whether a sign-in has used it together with a second factor since it was set. A link in a letter stands in for the factor
    -- after no other password: a mailbox alone may have set it.
    is_confirmed BOOLEAN NOT NULL,
    -- Set: an operator made it, it signs in until then, and no session opens before its person has chosen another.
    temporary_until BIGINT
);

-- Which terms of use a person has accepted, and when. Earlier versions stay: what a person agreed to may have to be shown.
CREATE TABLE terms_acceptances (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    version TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, version)
);

-- The link in a letter to a person who does not have their second factor at hand: the newest, and no other counts.
-- One that was used stays until its time is over, so that a form that is sent twice is known.
CREATE TABLE second_step_links (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- The session that the sign-in would open, which begins later or never: no reference.
    sign_in TEXT NOT NULL,
    -- What opening the link is looked up by.
    secret_hash TEXT NOT NULL UNIQUE,
    -- A keyed hash: eight digits are few.
    code_hash TEXT NOT NULL,
    -- The page that waits, sealed for its browser.
    way_back TEXT,
    expires_at BIGINT NOT NULL,
    is_used BOOLEAN NOT NULL
);
CREATE INDEX second_step_links_by_expiry ON second_step_links (expires_at);

-- How many passwords have each cost: the beginning of the PHC string up to the salt. A start must not read every hash.
CREATE TABLE password_costs (
    cost TEXT NOT NULL PRIMARY KEY,
    users BIGINT NOT NULL CHECK (users >= 0)
);

-- The authenticator apps of users (RFC 6238).
CREATE TABLE totp_credentials (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- Sealed under the master key: codes are computed from it, so it cannot be kept as a hash.
    sealed_secret TEXT NOT NULL,
    -- The step of the newest code that was used; it and those before it are spent.
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX totp_credentials_by_user ON totp_credentials (user_id, id);

-- The recovery codes of users: the rows of one set for each, used ones among them, so that a form that is sent twice is known.
CREATE TABLE recovery_codes (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Chosen when the page was made that shows them: its form makes one set, however often it is sent.
    set_id TEXT NOT NULL,
    -- A PHC string (argon2id). Those of a set have one salt, so that a code that is typed is hashed once.
    hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id, id);

-- The passkeys of users (WebAuthn, "credential record"). Nothing in it is a secret: the private key stays with its authenticator.
CREATE TABLE passkeys (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- What the authenticator files it under, the same for all of a person. Kept: one that was made under another master key
    -- stays good.
    user_handle TEXT NOT NULL,
    name TEXT NOT NULL,
    -- base64url, as browsers are told of it.
    credential_id TEXT NOT NULL,
    -- What a sign-in without a name is looked up by: its SHA-256, as other identifiers that requests present. The authenticator
    -- chooses the id; no two people may have the same.
    credential_id_hash TEXT NOT NULL UNIQUE,
    -- A COSE key, base64url.
    public_key TEXT NOT NULL,
    -- At the last use; 0 of an authenticator that does not count.
    sign_count BIGINT NOT NULL CHECK (sign_count >= 0),
    is_backup_eligible BOOLEAN NOT NULL,
    is_backed_up BOOLEAN NOT NULL,
    -- How the browser finds the authenticator again.
    transports TEXT NOT NULL,
    -- The make of the authenticator, by its own account.
    aaguid TEXT NOT NULL,
    -- Whether the account asks for it after the password: not for one that a browser saved by itself.
    is_asked_for BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkeys_by_user ON passkeys (user_id, id);

-- What people are, for sites and for the provider itself. `permissions` is NULL for the roles that every installation has: the
-- version that runs decides what they permit. Their ids are those of no time, so that they are the same everywhere.
CREATE TABLE roles (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    permissions TEXT,
    -- Whether people who have it must prove two factors.
    requires_second_factor BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
INSERT INTO roles (id, name, description, permissions, requires_second_factor, created_at) VALUES
    ('00000000-0000-7000-8000-000000000001', 'administrator', 'May do everything', NULL, FALSE, 0),
    ('00000000-0000-7000-8000-000000000002', 'user-manager', 'Looks after people and groups', NULL, FALSE, 0),
    ('00000000-0000-7000-8000-000000000003', 'help-desk', 'Helps people who cannot sign in', NULL, FALSE, 0),
    ('00000000-0000-7000-8000-000000000004', 'client-manager', 'Looks after the registrations of sites', NULL, FALSE, 0),
    ('00000000-0000-7000-8000-000000000005', 'auditor', 'Sees everything and changes nothing', NULL, FALSE, 0);

CREATE TABLE groups (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    -- What the system that provisions the group calls it (SCIM, RFC 7643 3.1).
    external_id TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX groups_by_external_id ON groups (external_id) WHERE external_id IS NOT NULL;

-- What the systems that provision people call them (SCIM `externalId`, RFC 7643 3.1), each in a space of its own.
CREATE TABLE external_ids (
    -- Who provisions, as the audit log names them. No reference: it may be a client or a person.
    provisioner TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    external_id TEXT NOT NULL,
    PRIMARY KEY (provisioner, user_id)
);
-- Whom a system asks for by its own id; one person has it.
CREATE UNIQUE INDEX external_ids_by_id ON external_ids (provisioner, external_id);
CREATE INDEX external_ids_by_user ON external_ids (user_id);

CREATE TABLE group_members (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- No reference: of a group that is removed the rows wait in removed_memberships, dead, as every reader asks for the group.
    group_id TEXT NOT NULL,
    PRIMARY KEY (user_id, group_id)
);
-- The members of a group, page by page: ids of people begin with the time of their account.
CREATE INDEX group_members_by_group ON group_members (group_id, user_id);

CREATE TABLE user_roles (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- No reference, for the same reason.
    role_id TEXT NOT NULL,
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX user_roles_by_role ON user_roles (role_id, user_id);

-- What an operator wants to know of people beside the standard claims.
CREATE TABLE attributes (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- Empty: pages call it by its name.
    label TEXT NOT NULL,
    description TEXT NOT NULL,
    -- The kind of value and its bounds, as JSON.
    value_type TEXT NOT NULL,
    access TEXT NOT NULL CHECK (access IN ('administrators', 'person_sees', 'person_changes')),
    created_at BIGINT NOT NULL
);

-- The values of people, a row for each: of an attribute that has several, in order.
CREATE TABLE user_attributes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- No reference, as in user_roles.
    attribute_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    -- A number, a truth or a day as text too; at most 255 characters.
    value TEXT NOT NULL,
    PRIMARY KEY (user_id, attribute_id, position)
);
-- Who has a value of an attribute, and whether anybody has this one.
CREATE INDEX user_attributes_by_value ON user_attributes (attribute_id, value, user_id);

-- Roles, groups and attributes that are removed, until the rows that name them are forgotten, some at a time: there may be a million.
CREATE TABLE removed_memberships (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('role', 'group', 'attribute'))
);

CREATE TABLE group_roles (
    group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, role_id)
);
CREATE INDEX group_roles_by_role ON group_roles (role_id);

CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    -- What requests present is looked up by its SHA-256, as sign-in names are.
    id_hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- NULL for a public client.
    secret_hashes TEXT,
    redirect_uris TEXT NOT NULL,
    post_logout_redirect_uris TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    scopes TEXT NOT NULL,
    audience TEXT NOT NULL,
    require_pkce BOOLEAN NOT NULL,
    consent TEXT NOT NULL CHECK (consent IN ('first_party', 'ask')),
    access_token_lifetime BIGINT CHECK (access_token_lifetime > 0),
    backchannel_logout_uri TEXT,
    backchannel_logout_session_required BOOLEAN NOT NULL,
    -- The public JWK that ID tokens are encrypted for (RSA-OAEP-256, A256GCM).
    id_token_encryption_key TEXT,
    -- Whether it may follow the revocation feed.
    follows_feed BOOLEAN NOT NULL,
    -- The class (acr) that each sign-in for it must be of; NULL: any.
    required_acr TEXT,
    -- Pages of the site, for links.
    client_uri TEXT,
    policy_uri TEXT,
    tos_uri TEXT,
    -- The colour of its mark, #rrggbb.
    color TEXT,
    -- The name of its logo in client_logos.
    logo TEXT,
    -- What it is told of people's roles, groups and attributes, as JSON.
    claims_mapping TEXT NOT NULL,
    -- The names of the roles and groups, and the networks, that let a person sign in there; JSON lists, empty: all of them.
    allowed_roles TEXT NOT NULL,
    allowed_groups TEXT NOT NULL,
    allowed_networks TEXT NOT NULL,
    -- Whether anything of it depends on those: so people who lose one are looked for at few clients.
    uses_memberships BOOLEAN NOT NULL,
    not_before BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Set: there is no such client any more, and the row waits until what names it is forgotten, some at a time.
    removed_at BIGINT
);
CREATE INDEX clients_removed ON clients (id) WHERE removed_at IS NOT NULL;
CREATE INDEX clients_by_not_before ON clients (not_before);
CREATE INDEX clients_by_lifetime ON clients (access_token_lifetime) WHERE access_token_lifetime IS NOT NULL;
CREATE INDEX clients_following_feed ON clients (id) WHERE follows_feed;
CREATE INDEX clients_using_memberships ON clients (id) WHERE uses_memberships;

-- The logo of a client, apart from its registration: almost every request reads that one, and a picture is larger than all the
-- rest of it.
CREATE TABLE client_logos (
    client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    -- A hash of the content and a file extension, by which browsers ask for it.
    name TEXT NOT NULL,
    -- Base64: the databases have no type for bytes in common.
    content TEXT NOT NULL
);
CREATE INDEX client_logos_by_name ON client_logos (name);

CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('next', 'active', 'retired')),
    state_since BIGINT NOT NULL,
    sealed_pem TEXT NOT NULL
);

-- A browser that a user has signed in from, told from others by a cookie.
CREATE TABLE devices (
    id TEXT NOT NULL PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('phone', 'tablet', 'computer', 'other')),
    browser TEXT,
    system TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX devices_by_last_seen ON devices (last_seen_at);

-- What people call their devices. Two people may share a browser, so a name is of a person and a device, and goes with
-- either of them.
CREATE TABLE device_names (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device_id TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (user_id, device_id)
);
-- Those that go with a device.
CREATE INDEX device_names_by_device ON device_names (device_id);

-- A row stays after the session ended: its cause answers "why was I signed out?". It outlives its device too.
CREATE TABLE sessions (
    sid TEXT NOT NULL PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- What the person proved who they are with, and when each: [{"f":"pwd","at":1700000000}]. `amr` and `auth_time` are
    -- read off it.
    proofs TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_cause TEXT,
    device_id TEXT REFERENCES devices (id) ON DELETE SET NULL,
    address TEXT,
    -- Since when it says nothing of its device any more: it was ended there as somebody else's, so the next sign-in on it is news.
    device_forgotten_at BIGINT,
    CHECK ((ended_at IS NULL) = (ended_cause IS NULL))
);
-- Those of one user: the open ones, and the ended ones by when they ended.
CREATE INDEX sessions_by_user ON sessions (user_id, ended_at);
CREATE INDEX sessions_by_device ON sessions (device_id);
CREATE INDEX sessions_open_by_creation ON sessions (created_at) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX sessions_open_by_device ON sessions (user_id, device_id) WHERE ended_at IS NULL;

-- A grant is one redeemed code: the refresh family of one session at one client. Its id is chosen when the code is issued, so
-- that the key finds a second use of the code. `user_id` is the session's: those of a user are found by their sessions, and
-- go with them. With Redis the rotating columns
-- (`refresh_hash` to `sealed_successor`) live there and stay empty here.
CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    sid TEXT NOT NULL REFERENCES sessions (sid) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    claims TEXT NOT NULL,
    -- Those of its sign-in, and the class that it was of. The session's may be newer: what a later sign-in proved, for
    -- another site, is not said of this one.
    proofs TEXT NOT NULL,
    acr TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    refresh_hash TEXT,
    generation BIGINT NOT NULL CHECK (generation >= 0),
    refresh_issued_at BIGINT NOT NULL,
    previous_hash TEXT,
    previous_replaced_at BIGINT,
    -- The successor of the previous token, sealed, for racers. It goes when the grant ends.
    sealed_successor TEXT,
    -- How often its access tokens were taken back while it went on. Their names begin with it, so those before are told apart.
    epoch BIGINT NOT NULL CHECK (epoch >= 0),
    ended_at BIGINT,
    ended_cause TEXT,
    CHECK ((ended_at IS NULL) = (ended_cause IS NULL)),
    CHECK ((previous_hash IS NULL) = (previous_replaced_at IS NULL)),
    CHECK (sealed_successor IS NULL OR (previous_hash IS NOT NULL AND ended_at IS NULL))
);
CREATE INDEX grants_by_session ON grants (sid);
CREATE INDEX grants_by_client ON grants (client_id, created_at);
CREATE INDEX grants_by_expiry ON grants (expires_at);

CREATE TABLE consents (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    -- A code that was issued until then opens nothing.
    withdrawn_at BIGINT,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX consents_by_client ON consents (client_id);

-- Access tokens given back one by one (RFC 7009); kept until they would have expired, plus leeway.
CREATE TABLE denied_tokens (
    jti TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX denied_tokens_by_expiry ON denied_tokens (expires_at);

-- Lists of roles and groups that are too long for a token, which has the hash instead. A row stays while a token may have it.
CREATE TABLE permission_bundles (
    -- SHA-256 of the content in base64url.
    hash TEXT NOT NULL PRIMARY KEY,
    -- Canonical JSON (RFC 8785).
    content TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX permission_bundles_by_expiry ON permission_bundles (expires_at);

-- The revocation log, in the order of the commits. A row goes when no token it concerns can be accepted any more; its
-- number is never given again. It names what may be gone already, so it references nothing.
CREATE TABLE revocations (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    kind TEXT NOT NULL CHECK (kind IN ('jti', 'grant', 'sid', 'sub', 'client_id', 'client_sub', 'all', 'kid')),
    value TEXT NOT NULL,
    issued_before BIGINT,
    cause TEXT NOT NULL,
    at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revocations_by_expiry ON revocations (expires_at);
CREATE INDEX revocations_by_mark ON revocations (issued_before) WHERE issued_before IS NOT NULL;

-- Numbers that only rise, and outlive the rows they were given to.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- Up to which number of the revocation log an instance of a site refuses what was revoked.
CREATE TABLE feed_acknowledgements (
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    instance TEXT NOT NULL,
    number BIGINT NOT NULL CHECK (number >= 0),
    received_ms BIGINT NOT NULL,
    connected_until BIGINT NOT NULL,
    PRIMARY KEY (client_id, instance)
);

-- The outbox of back-channel logout: a row for each client that is to be told of the end of a session, written with the
-- end itself. It names session and user without a reference, because they may go before the client was told.
-- `delivered_ms` is when the client acknowledged it: with `created_ms` it makes a receipt.
CREATE TABLE logout_deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    sid TEXT NOT NULL,
    sub TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    next_attempt_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up')),
    leased_until_ms BIGINT NOT NULL,
    last_error TEXT,
    delivered_ms BIGINT,
    CHECK ((state = 'delivered') = (delivered_ms IS NOT NULL))
);
-- What waits: by when it is due, and those tried least first, for a client that was away may have many waiting.
CREATE INDEX logout_deliveries_due ON logout_deliveries (client_id, next_attempt_ms) WHERE state = 'pending';
CREATE INDEX logout_deliveries_to_claim ON logout_deliveries (client_id, attempts, next_attempt_ms) WHERE state = 'pending';
CREATE INDEX logout_deliveries_leased ON logout_deliveries (leased_until_ms) WHERE state = 'pending' AND leased_until_ms > 0;
CREATE INDEX logout_deliveries_by_session ON logout_deliveries (sid);
-- What an administrator looks through, the newest first: all, or of a client. The id puts those of one moment into an order. The
-- clean-up goes by the first. None begins with the state: SQLite would take it for what waits, and sort that.
CREATE INDEX logout_deliveries_by_creation ON logout_deliveries (created_ms, id);
CREATE INDEX logout_deliveries_by_client ON logout_deliveries (client_id, created_ms, id);

-- What was given up, for the overview of administrators. It begins with no state, so it serves this alone.
CREATE INDEX logout_deliveries_given_up ON logout_deliveries (created_ms) WHERE state = 'given_up';

-- Up to when (`watermark_ms`) the Redis beside this database was known to hold everything, and the epoch of what it
-- holds. One row.
CREATE TABLE redis_continuity (
    name TEXT NOT NULL PRIMARY KEY CHECK (name = 'redis'),
    epoch BIGINT NOT NULL CHECK (epoch >= 0),
    watermark_ms BIGINT NOT NULL
);

CREATE TABLE throttles (
    bucket TEXT NOT NULL PRIMARY KEY,
    full_at BIGINT NOT NULL
);
CREATE INDEX throttles_by_full_at ON throttles (full_at);

-- Who did what stays on record after the account, the client or the session is gone: no references.
CREATE TABLE audit_events (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    -- By whom, where that is not the person themselves: `user:<id>`, `client:<id>` or `console:<account of the system>`.
    actor TEXT,
    user_id TEXT,
    client_id TEXT,
    sid TEXT,
    address TEXT,
    detail TEXT
);
-- What happened with the account of a person, the last first: ids begin with the time. Events without a person take no room in it.
CREATE INDEX audit_events_by_user ON audit_events (user_id, id) WHERE user_id IS NOT NULL;
-- What an administrator did, likewise. Most events have no actor.
CREATE INDEX audit_events_by_actor ON audit_events (actor, id) WHERE actor IS NOT NULL;
-- What administrators search the log by: of a kind, of a client, from an address. What happened in a session is found by its person.
CREATE INDEX audit_events_by_event ON audit_events (event, id);
CREATE INDEX audit_events_by_client ON audit_events (client_id, id) WHERE client_id IS NOT NULL;
CREATE INDEX audit_events_by_address ON audit_events (address, id) WHERE address IS NOT NULL;

-- The seals over the audit log: each over the events whose ids are from `from_id` on and below `until_id`, and over the seal before it.
-- `mark` is made of the others under a key that is not in the database.
CREATE TABLE audit_seals (
    number BIGINT NOT NULL PRIMARY KEY,
    from_id TEXT NOT NULL,
    until_id TEXT NOT NULL,
    events BIGINT NOT NULL CHECK (events > 0),
    hash TEXT NOT NULL,
    mark TEXT NOT NULL
);
-- Forgotten with the events that they are over.
CREATE INDEX audit_seals_by_end ON audit_seals (until_id);

-- How far the events were posted to the webhook: each event with an id below `delivered_id` was taken. One node posts at a time, as long as
-- its lease lasts. One row, from the first turn with a webhook on.
CREATE TABLE audit_stream (
    name TEXT NOT NULL PRIMARY KEY,
    delivered_id TEXT NOT NULL,
    node TEXT NOT NULL,
    leased_until_ms BIGINT NOT NULL,
    -- Since when nothing was taken, and why.
    failing_since BIGINT,
    last_error TEXT
);

-- How often people signed in and were refused, by the hour, counted from the log once the hour is over: the overview of administrators
-- shows a month of it. A row an hour.
CREATE TABLE hourly_sign_ins (
    hour BIGINT NOT NULL PRIMARY KEY,
    accepted BIGINT NOT NULL CHECK (accepted >= 0),
    refused BIGINT NOT NULL CHECK (refused >= 0)
);

-- How many sign-ins each site holds, as the last clean-up counted them.
CREATE TABLE site_sessions (
    client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    open BIGINT NOT NULL CHECK (open >= 0),
    counted_at BIGINT NOT NULL
);
-- Those with the most are shown.
CREATE INDEX site_sessions_by_open ON site_sessions (open);

-- Requests to the administration API that are done once however often they are sent, for a day. `name` is a keyed hash of the caller, the
-- operation and the key that the client chose, `request` one of what was asked for: bodies may hold passwords.
CREATE TABLE idempotency_keys (
    name TEXT NOT NULL PRIMARY KEY,
    request TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    -- The answer, sealed, since it may hold a secret; NULL while the request is under way.
    answer TEXT
);
CREATE INDEX idempotency_keys_by_start ON idempotency_keys (started_at);

-- The outbox of letters to people: each is written with what it is about. `sealed` is the whole letter (to whom, in which
-- language, with which values), under the master key. It goes once the letter was taken, and at the latest at `expires_ms`.
-- `user_id` names a person without a reference: the last letter is about their end. `last_error` is in words of ours.
CREATE TABLE mails (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT,
    kind TEXT NOT NULL,
    sealed TEXT,
    created_ms BIGINT NOT NULL,
    next_attempt_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'given_up')),
    leased_until_ms BIGINT NOT NULL,
    last_error TEXT,
    sent_ms BIGINT,
    CHECK (state <> 'pending' OR sealed IS NOT NULL),
    CHECK (state <> 'sent' OR sealed IS NULL),
    CHECK ((state = 'sent') = (sent_ms IS NOT NULL))
);
CREATE INDEX mails_due ON mails (next_attempt_ms) WHERE state = 'pending';
-- What an administrator's overview counts, and lists.
CREATE INDEX mails_given_up ON mails (id) WHERE state = 'given_up';
CREATE INDEX mails_by_user ON mails (user_id, kind, created_ms);
CREATE INDEX mails_by_creation ON mails (created_ms);
CREATE INDEX mails_by_expiry ON mails (expires_ms) WHERE sealed IS NOT NULL;

-- The nodes that serve from this database: each says every few seconds that it lives. `keys reset` waits for their end.
CREATE TABLE nodes (
    id TEXT NOT NULL PRIMARY KEY,
    seen_at BIGINT NOT NULL,
    renewals BIGINT NOT NULL CHECK (renewals >= 0),
    -- The fingerprints of the master keys that it has, the one that it seals under first, between blanks.
    master_keys TEXT NOT NULL
);

-- What is known of the installation as a whole, a row for each fact (`db/installation_facts.rs` names them; a later version may know more).
CREATE TABLE installation_facts (
    name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    value TEXT NOT NULL
);
