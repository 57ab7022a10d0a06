//! The rotation of the master key. Which one seals is noted in the database, so that all nodes change over together: the next one
//! is announced, each node reads it and says so with its lease, and only then does it seal. What rests sealed under the one before is
//! sealed anew, some rows at a time. Any step can be repeated.

use super::Store;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::installation_facts::Fact;
use crate::db::sealed_values::SealedColumn;
use crate::db::{DbError, Locks};
use crate::fault;
use crate::seals::{Resealed, Seals};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::time::UnixTime;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Rows of one transaction.
const AT_ONCE: i64 = 200;
/// What requests have to themselves between two of these.
const PAUSE: Duration = Duration::from_millis(20);

/// What is known of the master keys, by their fingerprints.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct KnownMasterKeys {
    /// The one that seals; before the first rotation it is the first one that a node has.
    pub seals: Option<String>,
    /// The one that nodes are to have before it does.
    pub next: Option<String>,
}

impl KnownMasterKeys {
    /// Whether a node that has these, and seals under the first, has to read them again.
    #[must_use]
    pub fn are_news_to(&self, own: &[String]) -> bool {
        let is_other = self.seals.as_ref().is_some_and(|seals| own.first() != Some(seals));
        is_other || self.next.as_ref().is_some_and(|next| !own.contains(next))
    }
}

/// How what rests sealed stands.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct SealedCount {
    /// Sealed under the key that seals.
    pub current: u64,
    /// Sealed under another one that is there.
    pub former: u64,
    /// Opens under no key.
    pub lost: u64,
}

impl Store {
    /// Which master keys are known.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn known_master_keys(&self) -> Result<KnownMasterKeys, DbError> {
        self.read(|connection| {
            let (seals, next) = Fact::get_both(connection, (Fact::MasterKey, Fact::NextMasterKey))?;
            Ok(KnownMasterKeys { seals, next })
        })
        .await
    }

    /// Has every node read this key before it seals; `None` takes that back. `current` is noted as the one that seals meanwhile.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn announce_master_key(&self, current: String, next: Option<String>) -> Result<(), DbError> {
        self.write(Locks::named("master key", [""]), move |connection| {
            Fact::MasterKey.set(connection, &current)?;
            match next {
                Some(next) => Fact::NextMasterKey.set(connection, &next),
                None => Fact::NextMasterKey.clear(connection),
            }
        })
        .await
    }

    /// Has the announced key seal from now on.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn use_next_master_key(&self, about: AuditContext, now: UnixTime) -> Result<(), DbError> {
        self.write(Locks::named("master key", [""]), move |connection| {
            about.check_right(connection)?;
            let Some(next) = Fact::NextMasterKey.get(connection)? else { return Ok(()) };
            Fact::MasterKey.set(connection, &next)?;
            Fact::NextMasterKey.clear(connection)?;
            let about = AuditContext { detail: Some(next), ..about };
            audit_events::record(connection, AuditEvent::MasterKeyRotated, about, now)
        })
        .await
    }

    /// Looks at all that rests sealed, and seals anew what is not under the key that seals, if `changes` says so. What was sealed
    /// anew counts as `former`.
    ///
    /// # Errors
    /// When the database does not answer; what was done stays done.
    pub async fn go_through_sealed(&self, seals: &Arc<Seals>, changes: bool) -> Result<SealedCount, DbError> {
        let mut count = SealedCount::default();
        for column in SealedColumn::ALL {
            let mut after = String::new();
            loop {
                let (seals, from) = (Arc::clone(seals), after);
                let slice = move |connection: &mut crate::db::Connection| {
                    reseal_some(connection, (column, &from), &seals, changes)
                };
                let (some, last) = match changes {
                    // The ring of signing keys is written as a whole, under this lock.
                    true => self.write(Locks::named("signing keys", [""]), slice).await?,
                    false => self.read(slice).await?,
                };
                count = count.and(some);
                let Some(last) = last else { break };
                after = last;
                fault::point("master_key.slice");
                sleep(PAUSE).await;
            }
        }
        Ok(count.and(self.go_through_marks(seals, changes).await?))
    }

    /// The same of the marks of the audit log.
    async fn go_through_marks(&self, seals: &Arc<Seals>, changes: bool) -> Result<SealedCount, DbError> {
        let (mut count, mut after) = (SealedCount::default(), 0);
        loop {
            let found = self.audit_seals_after(after, AT_ONCE).await?;
            let Some(last) = found.last() else { return Ok(count) };
            after = last.seal.number;
            let mut anew = Vec::new();
            for marked in found {
                let text = marked.seal.text();
                let mark = URL_SAFE_NO_PAD.decode(&marked.mark).unwrap_or_default();
                if seals.audit.is_current(text.as_bytes(), &mark) {
                    count.current += 1;
                } else if seals.audit.verify(text.as_bytes(), &mark) {
                    count.former += 1;
                    let mark = URL_SAFE_NO_PAD.encode(seals.audit.sign(text.as_bytes()));
                    anew.push((marked.seal.number, mark));
                } else {
                    count.lost += 1;
                }
            }
            if changes && !anew.is_empty() {
                self.write(Locks::named("audit", ["seals"]), move |connection| {
                    anew.iter()
                        .try_for_each(|(number, mark)| SealedColumn::replace_mark(connection, *number, mark))
                })
                .await?;
            }
            sleep(PAUSE).await;
        }
    }
}

impl SealedCount {
    const fn and(self, other: Self) -> Self {
        Self {
            current: self.current + other.current,
            former: self.former + other.former,
            lost: self.lost + other.lost,
        }
    }
}

/// Answers what was found, and the last row, if there may be more behind it.
fn reseal_some(
    connection: &mut crate::db::Connection,
    (column, after): (SealedColumn, &str),
    seals: &Seals,
    changes: bool,
) -> Result<(SealedCount, Option<String>), DbError> {
    let seal = match column {
        SealedColumn::SigningKeys => &*seals.signing_key,
        SealedColumn::TotpSecrets => &seals.totp_secret,
        SealedColumn::Letters | SealedColumn::RegistrationLinks => &*seals.letter,
        SealedColumn::KeyedAnswers => &seals.keyed_answer,
        SealedColumn::AcmeAccounts => &seals.acme_account,
        SealedColumn::AcmeKeys => &seals.certificate_key,
    };
    let (mut count, rows) = (SealedCount::default(), column.after(connection, after, AT_ONCE)?);
    for value in rows.iter().filter(|value| !value.sealed.is_empty()) {
        let stands = seal.reseal(&value.sealed, &value.context);
        match stands.map_err(|_| DbError::Corrupt("that is sealed"))? {
            Resealed::Current => count.current += 1,
            Resealed::Lost => count.lost += 1,
            Resealed::Anew(sealed) => {
                count.former += 1;
                if changes {
                    column.replace(connection, value, &sealed)?;
                }
            }
        }
    }
    Ok((count, rows.last().map(|value| value.row.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_reads_its_keys_again_where_it_seals_under_another_or_lacks_the_next() {
        let known = |seals: Option<&str>, next: Option<&str>| KnownMasterKeys {
            seals: seals.map(str::to_owned),
            next: next.map(str::to_owned),
        };
        let own = ["a".to_owned(), "b".to_owned()];
        assert!(!known(None, None).are_news_to(&own));
        assert!(!known(Some("a"), Some("b")).are_news_to(&own));
        assert!(known(Some("b"), None).are_news_to(&own));
        assert!(known(Some("a"), Some("c")).are_news_to(&own));
    }
}
