//! Letters to people: what is written into the outbox in the transaction of what it is about, and when to try again.
//! Sending is `task::mail_outbox`'s, the rows are `db::mails`', the words are `page`'s.

use super::master_key::SealingKey;
use super::{Store, backoff, recipients};
use crate::config::{Config, LanguageConfig};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::mails::{self, LONGEST_PAUSE_MS, Mail, MailOutcome, NewMail};
use crate::db::{Connection, DbError, Locks, mail_links, users};
use crate::mail::{Letter, News, NotSent};
use crate::random;
use crate::seals::SharedSeals;
use crate::words::Language;
use idp_core::mail_address::MailAddress;
use idp_core::mail_link::MailLink;
use idp_core::secret::{Secret, SecretKind};
use idp_core::time::UnixTime;
use idp_core::user::User;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;
use tokio::sync::watch;
use uuid::Uuid;

const FIRST_PAUSE_MS: i64 = 10_000;
/// Links of a person to say that something was not them: more than anyone gets in the time that they are good.
const MOST_NOT_ME: usize = 50;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// Writes letters, where there is a way to send them. Clones write into one outbox.
#[derive(Clone, Default)]
pub(super) struct Letters(Option<Arc<Desk>>);

struct Desk {
    seals: SharedSeals,
    language: LanguageConfig,
    per_hour: i64,
    /// Changes when a letter is being written.
    queued: watch::Sender<()>,
}

impl Letters {
    pub(super) fn of(config: &Config, seals: &SharedSeals) -> Self {
        Self(config.mail.is_on().then(|| {
            Arc::new(Desk {
                seals: Arc::clone(seals),
                language: config.language.clone(),
                per_hour: i64::from(config.mail.per_hour),
                queued: watch::Sender::new(()),
            })
        }))
    }

    /// Whether any letter will be written.
    pub(super) const fn are_on(&self) -> bool {
        self.0.is_some()
    }

    /// Whether one of this kind was written to `user` within so many seconds.
    pub(super) fn have_told(
        connection: &mut Connection,
        user: Uuid,
        kind: &str,
        seconds: i64,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let since_ms = now.plus(-seconds).as_secs().saturating_mul(1000);
        Ok(mails::count_since(connection, user, kind, since_ms)? > 0)
    }

    /// Writes to every verified address of `user`, in the transaction of what the letter is about.
    pub(super) fn write(
        &self,
        connection: &mut Connection,
        user: &User,
        news: &News,
        now: UnixTime,
    ) -> Result<(), DbError> {
        self.write_if_any(connection, user, news, now).map(drop)
    }

    /// The same. Answers whether there is a letter by now: the link in it is good only if a letter carries it.
    pub(super) fn write_if_any(
        &self,
        connection: &mut Connection,
        user: &User,
        news: &News,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let Some(desk) = &self.0 else { return Ok(false) };
        let recipients = recipients::verified_addresses(connection, user)?;
        if recipients.is_empty() {
            return Ok(false);
        }
        let most = desk.per_hour.saturating_mul(i64::try_from(recipients.len()).unwrap_or(i64::MAX));
        let hour_ago_ms = now.as_secs().saturating_mul(1000).saturating_sub(HOUR_MS);
        if mails::count_since(connection, user.id, news.kind(), hour_ago_ms)? >= most {
            tracing::info!(user = %user.id, kind = news.kind(), "a letter was not written: there were many in this hour");
            return Ok(false);
        }
        let not_me = not_me_link(connection, user, news, now)?;
        for to in recipients {
            let letter = desk.letter(user, to, news, not_me.as_ref());
            desk.write(connection, user, &letter, now)?;
        }
        Ok(true)
    }

    /// Writes to this one of the verified addresses of `user`. Answers whether a letter was written.
    pub(super) fn write_to_one(
        &self,
        connection: &mut Connection,
        user: &User,
        to: &MailAddress,
        news: &News,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let Some(desk) = &self.0 else { return Ok(false) };
        desk.write(connection, user, &desk.letter(user, to.to_string(), news, None), now).map(|()| true)
    }

    /// Writes about `user` to an address that is not known to be theirs, in order to find out. The caller counts such
    /// letters, for everyone who types an address can have one sent there.
    pub(super) fn write_to_unproven(
        &self,
        connection: &mut Connection,
        user: &User,
        to: &MailAddress,
        news: &News,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let Some(desk) = &self.0 else { return Ok(()) };
        desk.write(connection, user, &desk.letter(user, to.to_string(), news, None), now)
    }

    /// Writes to an address that is on no account, in the language of the browser in which it was typed. The caller counts such
    /// letters.
    pub(super) fn write_to_stranger(
        &self,
        connection: &mut Connection,
        (to, language): (&MailAddress, Language),
        news: &News,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let Some(desk) = &self.0 else { return Ok(()) };
        let letter =
            Letter { to: to.to_string(), language, account: String::new(), news: news.clone(), not_me: None };
        desk.queue(connection, &letter, None, now)
    }

    /// Seals what a link says of a person who has no account yet. `None` where no letter is ever written.
    pub(super) fn seal<T: Serialize>(
        &self,
        connection: &mut Connection,
        value: &T,
        context: &str,
    ) -> Result<Option<String>, DbError> {
        let Some(desk) = &self.0 else { return Ok(None) };
        SealingKey::now(connection)?.rest(&desk.seals.load().letter, value, context).map(Some)
    }

    /// Opens it again; `None` when it was sealed under a master key that is gone.
    pub(super) fn unseal<T: DeserializeOwned>(&self, sealed: &str, context: &str) -> Option<T> {
        self.0.as_ref()?.seals.load().letter.open(sealed, context)
    }

    /// The same, to the user of this id, who learns of it by another way than the one that was changed.
    pub(super) fn write_to(
        &self,
        connection: &mut Connection,
        user: Uuid,
        news: &News,
        now: UnixTime,
    ) -> Result<(), DbError> {
        match self.are_on().then(|| users::by_id(connection, user)).transpose()?.flatten() {
            Some(user) => self.write(connection, &user, news, now),
            None => Ok(()),
        }
    }
}

/// The link in letters about this by which the person says that it was not them: one for all their addresses, good once.
fn not_me_link(
    connection: &mut Connection,
    user: &User,
    news: &News,
    now: UnixTime,
) -> Result<Option<Secret>, DbError> {
    let Some(purpose) = news.not_me(random::new_id(now)) else {
        return Ok(None);
    };
    let secret = Secret::generate(SecretKind::MailLink, &mut random::rng());
    mail_links::put(connection, &MailLink::new(user.id, purpose, None, now), &secret.hash())?;
    mail_links::forget_old_ends(connection, user.id, MOST_NOT_ME)?;
    Ok(Some(secret))
}

impl Desk {
    fn letter(&self, user: &User, to: String, news: &News, not_me: Option<&Secret>) -> Letter {
        Letter {
            to,
            language: self.language_of(user),
            account: user.username.as_str().to_owned(),
            news: news.clone(),
            not_me: not_me.map(|secret| secret.expose().to_owned()),
        }
    }

    fn write(
        &self,
        connection: &mut Connection,
        user: &User,
        letter: &Letter,
        now: UnixTime,
    ) -> Result<(), DbError> {
        self.queue(connection, letter, Some(user.id), now)
    }

    fn queue(
        &self,
        connection: &mut Connection,
        letter: &Letter,
        user: Option<Uuid>,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let mail = self.sealed(connection, letter, user, now)?;
        mails::insert(connection, mail)?;
        // The commit follows in a moment, and the sender looks more than once.
        self.queued.send_replace(());
        Ok(())
    }

    /// The language of a letter is the person's own or the installation's. That of a request is nothing to go by: the
    /// letter may be about a stranger who signed in.
    fn language_of(&self, user: &User) -> Language {
        let own = user.claims.locale.as_deref();
        Language::fitting(own, &self.language.offered()).unwrap_or(self.language.default)
    }

    fn sealed(
        &self,
        connection: &mut Connection,
        letter: &Letter,
        user: Option<Uuid>,
        now: UnixTime,
    ) -> Result<NewMail, DbError> {
        let id = random::new_id(now);
        let seals = self.seals.load();
        let sealed = SealingKey::now(connection)?.rest(&seals.letter, letter, &id.to_string())?;
        let created_ms = now.as_secs().saturating_mul(1000);
        Ok(NewMail {
            id,
            user,
            kind: letter.news.kind(),
            sealed,
            created_ms,
            expires_ms: created_ms.saturating_add(letter.news.lifetime().saturating_mul(1000)),
        })
    }
}

impl Store {
    /// Changes each time a transition writes a letter; `None` where none is ever written.
    #[must_use]
    pub fn letter_queued(&self) -> Option<watch::Receiver<()>> {
        self.letters.0.as_ref().map(|desk| desk.queued.subscribe())
    }

    /// What a letter in the outbox says; `None` when it was sealed under a master key that is not here.
    #[must_use]
    pub fn opened_letter(&self, mail: &Mail) -> Option<Letter> {
        let desk = self.letters.0.as_ref()?;
        desk.seals.load().letter.open(mail.sealed.as_deref()?, &mail.id.to_string())
    }

    /// Claims at most `count` letters that are due for this node until `leased_until_ms`; none while another master key seals than it
    /// has, for it could not read them.
    ///
    /// # Errors
    /// When the claim is not stored.
    pub async fn claim_mails(
        &self,
        count: i64,
        now_ms: i64,
        leased_until_ms: i64,
    ) -> Result<Vec<Mail>, DbError> {
        // To look takes no turn from those who write.
        if !self.read(move |connection| mails::any_due(connection, now_ms)).await? {
            return Ok(Vec::new());
        }
        let (locks, seals) = (Locks::named("mail outbox", ["all"]), self.seals()?);
        self.write(locks, move |connection| match SealingKey::now(connection)?.is_among(&seals) {
            true => mails::claim(connection, count, now_ms, leased_until_ms),
            false => Ok(Vec::new()),
        })
        .await
    }

    /// Stores what came of a try, and its end in the audit log.
    ///
    /// # Errors
    /// When it is not stored; the lease then runs out and the letter is sent again.
    pub async fn settle_mail(&self, tried: Mail, outcome: MailOutcome, now: UnixTime) -> Result<(), DbError> {
        self.write(Locks::none(), move |connection| {
            let changed = mails::settle(connection, &tried, &outcome)?;
            let (event, detail) = match &outcome {
                MailOutcome::Sent { .. } => (AuditEvent::MailSent, tried.kind.clone()),
                MailOutcome::GivenUp { error } => {
                    (AuditEvent::MailGivenUp, format!("{}: {error}", tried.kind))
                }
                MailOutcome::Again { .. } => return Ok(()),
            };
            if !changed {
                return Ok(());
            }
            let about = AuditContext { user: tried.user, detail: Some(detail), ..AuditContext::default() };
            audit_events::record(connection, event, about, now)
        })
        .await
    }

    /// So many letters, the newest first, beginning before this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mails_before(&self, before: Option<Uuid>, count: i64) -> Result<Vec<Mail>, DbError> {
        self.read(move |connection| mails::page(connection, before, count)).await
    }
}

/// What follows from a letter that was not taken: another try, later each time, while it is worth anything. `draw` is any
/// number; it spreads the tries of many.
#[must_use]
pub fn after_failure(tried: &Mail, failure: &NotSent, now_ms: i64, draw: u32) -> MailOutcome {
    let error = failure.to_string();
    match failure.is_final() {
        true => MailOutcome::GivenUp { error },
        false => later(tried, error, now_ms, draw),
    }
}

/// Another try, if it is not too late by then.
#[must_use]
pub fn later(tried: &Mail, error: String, now_ms: i64, draw: u32) -> MailOutcome {
    let next_attempt_ms = now_ms.saturating_add(pause_ms(tried.attempts, draw));
    match next_attempt_ms >= tried.expires_ms {
        true => MailOutcome::GivenUp { error },
        false => MailOutcome::Again { error, next_attempt_ms },
    }
}

/// Doubles from ten seconds to an hour; between half of it and all.
fn pause_ms(attempts: i64, draw: u32) -> i64 {
    backoff::pause_ms(FIRST_PAUSE_MS, LONGEST_PAUSE_MS, attempts, draw)
}

#[cfg(test)]
#[path = "mail_outbox_tests.rs"]
mod tests;
