//! Every table: how many rows it can have, what forgets those that are of no more use and by which index, and whether a backup
//! has it. In the order in which rows can be inserted: what is referenced comes first. A story holds the list to the database,
//! and `docs/reference/tables.md` is made from it.

/// A table.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What its rows are as many as.
    pub rows: &'static str,
    /// What forgets them.
    pub forgotten: Forgotten,
    /// Whether a backup has it.
    pub in_backup: InBackup,
}

/// What forgets rows that are of no more use.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Forgotten {
    /// The hourly clean-up, some at a time, found by this index.
    BySlices(&'static str),
    /// They go with the row that they belong to, found by this index.
    With(&'static str, &'static str),
    /// A person or an operator, one at a time; there are no more of them than people or operators made.
    ByHand,
    /// Nothing has to: they are a handful, and the same ones are written again.
    Handful,
}

/// Whether a backup has a table.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum InBackup {
    /// It has.
    Yes,
    /// It has not: the rows are about processes that run, and mean nothing after a restore.
    OfProcesses,
}

const fn table(name: &'static str, rows: &'static str, forgotten: Forgotten) -> Table {
    Table { name, rows, forgotten, in_backup: InBackup::Yes }
}

const fn of_processes(name: &'static str, rows: &'static str, forgotten: Forgotten) -> Table {
    Table { name, rows, forgotten, in_backup: InBackup::OfProcesses }
}

use Forgotten::{ByHand, BySlices, Handful, With};

/// All of them.
pub const TABLES: [Table; 52] = [
    of_processes("installation_facts", "a handful", Handful),
    table("users", "people; those who asked for it are deleted in time", BySlices("users_by_deletion")),
    table("sign_in_names", "names and verified addresses of people", With("users", "sign_in_names_by_user")),
    table("mail_addresses", "at most 20 a person", With("users", "mail_addresses_by_user")),
    table("search_words", "words in names and addresses of people", With("users", "its primary key")),
    table(
        "mail_links",
        "one a person and purpose, a day longer than the link is good",
        BySlices("mail_links_by_expiry"),
    ),
    table(
        "registration_links",
        "one an address, a day longer than the link is good",
        BySlices("registration_links_by_expiry"),
    ),
    table(
        "administrator_links",
        "links of the console, a day longer than each is good",
        BySlices("administrator_links_by_expiry"),
    ),
    table("pictures", "one a person", With("users", "its primary key")),
    table("password_credentials", "one a person", With("users", "its primary key")),
    table("terms_acceptances", "one a person and version of the terms", With("users", "its primary key")),
    table(
        "second_step_links",
        "one a person, an hour longer than the link is good",
        BySlices("second_step_links_by_expiry"),
    ),
    table("password_costs", "costs that hashes were ever made with", Handful),
    table("totp_credentials", "at most 5 a person", With("users", "totp_credentials_by_user")),
    table("recovery_codes", "one set a person", With("users", "recovery_codes_by_user")),
    table("passkeys", "at most 20 a person", With("users", "passkeys_by_user")),
    table("roles", "roles", ByHand),
    table("groups", "groups", ByHand),
    table("external_ids", "one a person and provisioning system", With("users", "external_ids_by_user")),
    table(
        "group_members",
        "groups of people; those of a removed group are forgotten",
        BySlices("group_members_by_group"),
    ),
    table(
        "user_roles",
        "roles of people; those of a removed role are forgotten",
        BySlices("user_roles_by_role"),
    ),
    table("attributes", "attributes that are defined", ByHand),
    table(
        "user_attributes",
        "values of people; those of a removed attribute are forgotten",
        BySlices("user_attributes_by_value"),
    ),
    table(
        "removed_memberships",
        "removed roles, groups and attributes, until nothing names them",
        BySlices("its primary key"),
    ),
    table("group_roles", "roles of groups", With("groups", "its primary key")),
    table("clients", "clients; removed ones until nothing names them", BySlices("clients_removed")),
    table("client_logos", "one a client", With("clients", "its primary key")),
    table("signing_keys", "the next one, the one that signs, and those that did lately", Handful),
    table("devices", "browsers that signed in within 400 days", BySlices("devices_by_last_seen")),
    table("device_names", "one a person and device", With("devices", "device_names_by_device")),
    table(
        "sessions",
        "sign-ins, 90 days and `session.idle` longer than each was used",
        BySlices("its primary key"),
    ),
    table("grants", "redeemed codes, a day longer than each grant is good", BySlices("grants_by_expiry")),
    table("consents", "one a person and client", With("users", "its primary key")),
    table(
        "denied_tokens",
        "tokens that were given back, a day longer than each is good",
        BySlices("denied_tokens_by_expiry"),
    ),
    table(
        "permission_bundles",
        "sets of roles and groups that tokens name, a day longer than these are good",
        BySlices("permission_bundles_by_expiry"),
    ),
    table(
        "revocations",
        "what was revoked, as long as a token that it concerns is good",
        BySlices("revocations_by_expiry"),
    ),
    table("counters", "a handful", Handful),
    of_processes(
        "feed_acknowledgements",
        "processes of sites that follow the feed, a day longer than each is connected",
        BySlices("none: it is small"),
    ),
    table(
        "logout_deliveries",
        "sessions that ended within 30 days, by client",
        BySlices("logout_deliveries_by_creation"),
    ),
    of_processes("redis_continuity", "one row", Handful),
    table("throttles", "sources that failed lately", BySlices("throttles_by_full_at")),
    table("audit_events", "what happened within `audit.retention`", BySlices("its primary key")),
    table("audit_seals", "seals over those, one for many", BySlices("audit_seals_by_end")),
    table("audit_stream", "one row", Handful),
    table("hourly_sign_ins", "hours of the last 31 days", BySlices("its primary key")),
    table("site_sessions", "one a client", With("clients", "its primary key")),
    table(
        "idempotency_keys",
        "requests of a day to the administration API",
        BySlices("idempotency_keys_by_start"),
    ),
    table("mails", "letters of 30 days", BySlices("mails_by_creation")),
    table("acme_accounts", "one a directory of a certificate authority", Handful),
    of_processes(
        "acme_challenges",
        "one a name while a certificate is ordered",
        BySlices("acme_challenges_by_expiry"),
    ),
    table(
        "acme_certificates",
        "one for the names in `tls.acme.domains`; those of former names until they end",
        Handful,
    ),
    of_processes("nodes", "nodes that run or died within a day", BySlices("none: it is small")),
];
