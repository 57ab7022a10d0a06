//! How the database does its work, for an operator who looks for what is wrong: how long it takes to answer, whether its indexes are
//! there, and whether the statements that requests ask most use them. Changes nothing.

use super::Store;
use crate::clock::{Stopwatch, wall_ms};
use crate::db::{DbError, HOT_STATEMENTS, clock, examination};
use std::time::Duration;

pub use crate::db::examination::MissingIndex;

/// How often it is asked something to see how long that takes.
const ROUNDS: usize = 11;

/// What was found.
#[derive(Clone, Debug)]
pub struct Examination {
    /// The version of the server or library, as it says.
    pub version: String,
    /// How long the database took to answer nothing, the middle of some tries.
    pub round_trip: Duration,
    /// How far its clock is ahead of this machine's, in milliseconds; none for a file.
    pub clock_ahead_ms: Option<i64>,
    /// Indexes that its tables should have.
    pub missing_indexes: Vec<MissingIndex>,
    /// What the statements are for that look at a whole table although they should not.
    pub scanning: Vec<&'static str>,
}

impl Store {
    /// Looks at how the database does its work.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn examine(&self) -> Result<Examination, DbError> {
        let mut took = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let watch = Stopwatch::start();
            self.read(examination::nothing).await?;
            took.push(watch.elapsed());
        }
        took.sort();
        let round_trip = took.get(ROUNDS / 2).copied().unwrap_or_default();
        let before = wall_ms();
        let theirs = self.read(clock::now_ms).await?;
        let middle = i64::midpoint(before, wall_ms());
        Ok(Examination {
            version: self.read(examination::version).await?,
            round_trip,
            clock_ahead_ms: theirs.map(|theirs| theirs.saturating_sub(middle)),
            missing_indexes: self.read(examination::missing_indexes).await?,
            scanning: self.read(|connection| examination::scanning(connection, HOT_STATEMENTS)).await?,
        })
    }
}
