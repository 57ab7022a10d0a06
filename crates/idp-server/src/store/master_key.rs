//! The rotation of the master key. Which one seals is noted in the database, so that all nodes change over together: the next one
//! is announced, each node reads it and says so with its lease, and only then does it seal. Each transaction that writes something
//! sealed asks there which key seals. What rests sealed under the one before is sealed anew, some rows at a time. Any step can be
//! repeated.

use super::Store;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::installation_facts::Fact;
use crate::db::sealed_values::SealedColumn;
use crate::db::{Connection, DbError, Locks};
use crate::fault;
use crate::seals::{Mac, Resealed, Seal, Seals};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::time::UnixTime;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use zeroize::Zeroizing;

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
    /// Whether one of them is missing among these, so that a node that has these has to read them again.
    #[must_use]
    pub fn are_missing_in(&self, own: &[String]) -> bool {
        [&self.seals, &self.next].into_iter().flatten().any(|known| !own.contains(known))
    }
}

/// From which key to which one it is rotated, by their fingerprints.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct MasterKeyChange {
    /// The one that seals.
    pub current: String,
    /// The one that is to seal.
    pub next: String,
}

impl MasterKeyChange {
    fn is_announced(&self, connection: &mut Connection) -> Result<bool, DbError> {
        let (seals, next) = Fact::get_both(connection, (Fact::MasterKey, Fact::NextMasterKey))?;
        Ok(seals.as_ref() == Some(&self.current) && next.as_ref() == Some(&self.next))
    }
}

/// The master key that seals, as the transaction finds it that writes. All that comes to rest sealed goes through here: what a
/// process holds may be old by then, for it may have been silent, or at work for hours, while the key was rotated.
pub(super) struct SealingKey(Option<String>);

impl SealingKey {
    /// The one of now. It stays so until the transaction ends: the change-over waits for its end.
    pub(super) fn now(connection: &mut Connection) -> Result<Self, DbError> {
        Fact::MasterKey.get(connection).map(Self)
    }

    /// Whether the process that has these may seal.
    pub(super) fn is_among(&self, seals: &Seals) -> bool {
        seals.have(self.0.as_deref())
    }

    /// `value`, sealed under it.
    pub(super) fn rest<T: Serialize + ?Sized>(
        &self,
        seal: &Seal,
        value: &T,
        context: &str,
    ) -> Result<String, DbError> {
        let sealed = seal.close(&value, context).map_err(|_| UNSEALED)?;
        self.rest_sealed(seal, &sealed, context)
    }

    /// What was sealed before the transaction, sealed under it.
    pub(super) fn rest_sealed(&self, seal: &Seal, sealed: &str, context: &str) -> Result<String, DbError> {
        let sealed = seal.under(self.0.as_deref(), sealed, context).map_err(|_| UNSEALED)?;
        sealed.ok_or(DbError::OtherMasterKey)
    }

    /// The mark of a text under it.
    pub(super) fn mark(&self, mac: &Mac, text: &[u8]) -> Result<hmac::Tag, DbError> {
        mac.sign_under(self.0.as_deref(), text).ok_or(DbError::OtherMasterKey)
    }

    fn is_first_of(&self, seals: &Seals) -> Result<(), DbError> {
        match self.0.is_none() || self.0.as_ref() == seals.fingerprints.first() {
            true => Ok(()),
            false => Err(DbError::OtherMasterKey),
        }
    }
}

/// What cannot be sealed, or was given as sealed and is not.
const UNSEALED: DbError = DbError::Corrupt("that is sealed");

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

    /// Has every node read the next key before it seals. `current` is noted as the one that seals meanwhile; where another one does
    /// by now, nothing is announced (`false`).
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn announce_master_key(&self, change: MasterKeyChange) -> Result<bool, DbError> {
        self.write(Locks::installation(), move |connection| {
            if Fact::MasterKey.get(connection)?.is_some_and(|seals| seals != change.current) {
                return Ok(false);
            }
            Fact::MasterKey.set(connection, &change.current)?;
            Fact::NextMasterKey.set(connection, &change.next)?;
            Ok(true)
        })
        .await
    }

    /// Takes back what was announced, if it still is.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn withdraw_master_key(&self, change: MasterKeyChange) -> Result<(), DbError> {
        self.write(Locks::installation(), move |connection| match change.is_announced(connection)? {
            true => Fact::NextMasterKey.clear(connection),
            false => Ok(()),
        })
        .await
    }

    /// Has the announced key seal from now on. No transaction is under way meanwhile: those before it sealed under the former key,
    /// and those after it do not. Answers whether it seals: it does not where this was taken back, or another one was announced.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn use_next_master_key(
        &self,
        change: MasterKeyChange,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        self.write(Locks::installation(), move |connection| {
            about.check_right(connection)?;
            if !change.is_announced(connection)? {
                // Another one may have finished the same change.
                return Ok(Fact::MasterKey.get(connection)?.as_ref() == Some(&change.next));
            }
            Fact::MasterKey.set(connection, &change.next)?;
            Fact::NextMasterKey.clear(connection)?;
            let about = AuditContext { detail: Some(change.next), ..about };
            audit_events::record(connection, AuditEvent::MasterKeyRotated, about, now)?;
            Ok(true)
        })
        .await
    }

    /// By what dummy hashes are chosen: for as long as the installation by the same key, which at the first start is that of the
    /// master key of then.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn dummy_hash_key(&self) -> Result<Zeroizing<[u8; 32]>, DbError> {
        let seals = self.seals()?;
        let open = move |sealed: &str| seals.dummy_hash.open::<[u8; 32]>(sealed, Fact::DummyHashKey.name());
        let stored = self.read(|connection| Fact::DummyHashKey.get(connection)).await?;
        if let Some(key) = stored.as_deref().and_then(&open) {
            return Ok(Zeroizing::new(key));
        }
        let seals = self.seals()?;
        self.write(Locks::named("master key", [""]), move |connection| {
            // Another node may have been first. What no key opens is from before the master key was lost.
            if let Some(key) = Fact::DummyHashKey.get(connection)?.as_deref().and_then(&open) {
                return Ok(Zeroizing::new(key));
            }
            let (key, name) = (seals.first_dummy_hash_key.clone(), Fact::DummyHashKey.name());
            let sealed = SealingKey::now(connection)?.rest(&seals.dummy_hash, &*key, name)?;
            Fact::DummyHashKey.set(connection, &sealed)?;
            Ok(key)
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
                let slice = move |connection: &mut Connection| {
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
                let seals = Arc::clone(seals);
                self.write(Locks::named("audit", ["seals"]), move |connection| {
                    SealingKey::now(connection)?.is_first_of(&seals)?;
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
    connection: &mut Connection,
    (column, after): (SealedColumn, &str),
    seals: &Seals,
    changes: bool,
) -> Result<(SealedCount, Option<String>), DbError> {
    if changes {
        SealingKey::now(connection)?.is_first_of(seals)?;
    }
    let seal = match column {
        SealedColumn::SigningKeys => &*seals.signing_key,
        SealedColumn::TotpSecrets => &seals.totp_secret,
        SealedColumn::Letters | SealedColumn::RegistrationLinks => &seals.letter,
        SealedColumn::KeyedAnswers => &seals.keyed_answer,
        SealedColumn::AcmeAccounts => &seals.acme_account,
        SealedColumn::AcmeKeys => &seals.certificate_key,
        SealedColumn::DummyHashKey => &seals.dummy_hash,
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
    fn a_node_reads_its_keys_again_where_it_lacks_the_one_that_seals_or_the_next() {
        let known = |seals: Option<&str>, next: Option<&str>| KnownMasterKeys {
            seals: seals.map(str::to_owned),
            next: next.map(str::to_owned),
        };
        let own = ["a".to_owned(), "b".to_owned()];
        assert!(!known(None, None).are_missing_in(&own));
        assert!(!known(Some("a"), Some("b")).are_missing_in(&own));
        assert!(!known(Some("b"), None).are_missing_in(&own));
        assert!(known(Some("c"), None).are_missing_in(&own));
        assert!(known(Some("a"), Some("c")).are_missing_in(&own));
    }
}
