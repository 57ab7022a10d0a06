//! What a transition locks: whom or what it decides about. On PostgreSQL transitions about different persons run side by
//! side, and those about the same one after the other; on SQLite there is one writer anyway.
//!
//! Locks are taken when the transaction begins, in one order: the installation, then persons and other subjects by the number
//! of their lock. The revocation log's comes last of all, from [`lock_log`], right before the commit. A lock that is
//! taken in the order of all cannot be part of a circle, so transitions do not deadlock.

use super::{Connection, DbError};
use aws_lc_rs::digest::{SHA256, digest};
use diesel::connection::SimpleConnection as _;
use idp_core::client::ClientId;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The number of the lock of the installation: "idp" and 1, in the space of locks of this one database.
const INSTALLATION: i64 = 26_972_001;
/// The lock of the revocation log.
const LOG: i64 = 26_972_002;
/// The lock of the tables while they are brought up to date.
pub(super) const MIGRATION: i64 = 26_972_003;
/// The lock of one person, from the text of a column. As [`of_person`]: the last 16 digits of the id, which are random.
const OF_USER_ID: &str = "('x' || replace(right(user_id, 17), '-', ''))::bit(64)::bigint";

/// The locks of a transition.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct Locks {
    is_exclusive: bool,
    subjects: BTreeSet<i64>,
    owner: Option<Owner>,
}

/// A row that says whose it is.
#[derive(Clone, Eq, PartialEq, Debug)]
enum Owner {
    Grant(Uuid),
    Session(Uuid),
}

impl Locks {
    /// None: the transition writes rows that no other transition decides by, such as audit events.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The whole installation: nothing else is written meanwhile. For rare acts that concern many persons.
    #[must_use]
    pub fn installation() -> Self {
        Self { is_exclusive: true, ..Self::default() }
    }

    /// One person, with their sessions, grants, consents and credentials.
    #[must_use]
    pub fn person(user: Uuid) -> Self {
        Self::persons([user])
    }

    /// Several persons.
    #[must_use]
    pub fn persons(users: impl IntoIterator<Item = Uuid>) -> Self {
        Self { subjects: users.into_iter().map(of_person).collect(), ..Self::default() }
    }

    /// The person whose grant this is.
    #[must_use]
    pub fn owner_of_grant(id: Uuid) -> Self {
        Self { owner: Some(Owner::Grant(id)), ..Self::default() }
    }

    /// The person whose session this is.
    #[must_use]
    pub fn owner_of_session(sid: Uuid) -> Self {
        Self { owner: Some(Owner::Session(sid)), ..Self::default() }
    }

    /// Who may administer what: roles, groups, and who has and is in them.
    #[must_use]
    pub fn rights() -> Self {
        Self::default().and_rights()
    }

    /// These, and who may administer what.
    #[must_use]
    pub fn and_rights(self) -> Self {
        self.and_named("rights", [""])
    }

    /// A client's registration. What a change of it takes away from persons needs [`Locks::installation`].
    #[must_use]
    pub fn client(id: &ClientId) -> Self {
        Self::named("client", [id.as_str()])
    }

    /// Subjects of one kind by their names.
    #[must_use]
    pub fn named<'a>(kind: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { subjects: names.into_iter().map(|name| of_name(kind, name)).collect(), ..Self::default() }
    }

    /// These, and subjects of one kind by their names.
    #[must_use]
    pub fn and_named<'a>(mut self, kind: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.subjects.extend(names.into_iter().map(|name| of_name(kind, name)));
        self
    }

    /// The statements that begin a transaction under these locks. They hold numbers, ids and hashes of our own alone.
    pub(super) fn begin(&self) -> String {
        let shared = if self.is_exclusive { "" } else { "_shared" };
        let mut statements = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock{shared}({INSTALLATION})"
        );
        for subject in &self.subjects {
            statements.push_str(&format!("; SELECT pg_advisory_xact_lock({subject})"));
        }
        if let Some(owner) = &self.owner {
            let rows = match owner {
                Owner::Grant(id) => format!("grants WHERE id = '{id}'"),
                Owner::Session(sid) => format!("sessions WHERE sid = '{sid}'"),
            };
            statements.push_str(&format!("; SELECT pg_advisory_xact_lock({OF_USER_ID}) FROM {rows}"));
        }
        statements
    }
}

/// Locks the revocation log until the commit, so that its numbers are in the order of the commits. Nothing else may be
/// locked or written afterwards.
pub fn lock_log(connection: &mut Connection) -> Result<(), DbError> {
    match connection {
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(server) => {
            Ok(server.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOG})"))?)
        }
    }
}

/// The variant of a UUID makes this number negative.
fn of_person(user: Uuid) -> i64 {
    user.as_u64_pair().1.cast_signed()
}

/// A number of 62 bits above those of the installation and of the log.
fn of_name(kind: &str, name: &str) -> i64 {
    let hash = digest(&SHA256, format!("{kind}\0{name}").as_bytes());
    let bits = hash.as_ref().first_chunk().copied().map_or(0, u64::from_be_bytes);
    ((bits >> 2) | 1 << 62).cast_signed()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_locks_of_persons_and_of_names_are_apart() {
        let user: Uuid = "0197a3f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b".parse().unwrap();
        assert_eq!(of_person(user), 0x8a4b_5c6d_7e8f_9a0b_u64.cast_signed());
        assert!(of_person(user) < 0 && of_name("client", "site-a") > LOG);
        assert_ne!(of_name("client", "site-a"), of_name("bucket", "site-a"));
    }

    #[test]
    fn locks_are_taken_in_one_order_and_not_in_that_in_which_they_are_named() {
        let (a, b) = (Uuid::from_u128(1 << 63 | 7), Uuid::from_u128(1 << 63 | 9));
        assert_eq!(Locks::persons([a, b]).begin(), Locks::persons([b, a]).begin());
        assert_eq!(Locks::persons([a, a]).begin(), Locks::person(a).begin());
        assert!(Locks::installation().begin().ends_with("pg_advisory_xact_lock(26972001)"));
        assert!(Locks::none().begin().ends_with("pg_advisory_xact_lock_shared(26972001)"));
    }
}
