//! What is known of the installation as a whole, a row for each fact. Those by which versions of this program tell each other are the
//! engine's (`versions`).

use super::schema::installation_facts as facts;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;

/// A fact.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Fact {
    /// Since when the tables hold half of a backup: a restore has begun and not come to its end (RFC 3339).
    Restoring,
    /// The fingerprint of the master key that seals; before the first rotation the first one that a node has.
    MasterKey,
    /// That of the one that nodes are to have before it seals.
    NextMasterKey,
    /// The key by which dummy hashes are chosen, sealed: it stays the same when the master key does not.
    DummyHashKey,
}

impl Fact {
    /// The name of its row.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restoring => "restoring",
            Self::MasterKey => "master_key",
            Self::NextMasterKey => "next_master_key",
            Self::DummyHashKey => "dummy_hash_key",
        }
    }

    /// What it is, if it is so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn get(self, connection: &mut Connection) -> Result<Option<String>, DbError> {
        let found = facts::table.find(self.name()).select(facts::value);
        Ok(found.get_result(connection).optional()?)
    }

    /// What these are, with one question: nodes ask it every second.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn get_both(
        connection: &mut Connection,
        (one, other): (Self, Self),
    ) -> Result<(Option<String>, Option<String>), DbError> {
        // There are a handful of rows.
        let all: Vec<(String, String)> = facts::table.load(connection)?;
        let of =
            |fact: Self| all.iter().find(|(name, _)| name == fact.name()).map(|(_, value)| value.clone());
        Ok((of(one), of(other)))
    }

    /// Notes it; what equals it is not written.
    ///
    /// # Errors
    /// When it is not stored.
    pub fn set(self, connection: &mut Connection, value: &str) -> Result<(), DbError> {
        match self.get(connection)? {
            Some(known) if known == value => {}
            Some(_) => {
                update(facts::table.find(self.name()), facts::value.eq(value)).execute(connection)?;
            }
            None => {
                let row = (facts::name.eq(self.name()), facts::value.eq(value));
                diesel::insert_into(facts::table).values(row).execute(connection)?;
            }
        }
        Ok(())
    }

    /// Notes that it is so no more.
    ///
    /// # Errors
    /// When it is not stored.
    pub fn clear(self, connection: &mut Connection) -> Result<(), DbError> {
        diesel::delete(facts::table.find(self.name())).execute(connection)?;
        Ok(())
    }
}
