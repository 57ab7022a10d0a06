//! One attempt at a password. It is counted before the password is looked at, costs the same whether the account
//! exists or not, and ends in one of few answers that tell an attacker nothing.

use super::counted;
use super::throttle::{Attempt, work_of};
use super::work::SolvedPuzzle;
use crate::db::DbError;
use crate::db::audit_events::{AuditContext, AuditEvent};
use crate::hash_pool::{HashPoolError, WorkOf};
use crate::http::request::{BrowserRequest, PageForm};
use crate::metrics::FactorOutcome;
use crate::page::LoginError;
use idp_core::authentication::{Authentication, Factor};
use idp_core::password::Password;
use idp_core::time::UnixTime;
use idp_core::user::{SignInName, User};
use idp_core::username::Username;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a login form submitted, fit to be tried.
pub struct Credentials {
    /// A username or an address. `None` when it can be neither; the attempt then fails as any other, and as slowly.
    name: Option<SignInName>,
    password: Password,
}

impl Credentials {
    /// Reads the form.
    ///
    /// # Errors
    /// What to tell the person; `None` for a password longer than any that could have been set: not hashed.
    pub fn read(form: &PageForm) -> Result<Self, Option<LoginError>> {
        let (username, password) = (form.field("username"), form.field("password"));
        match (username.trim().is_empty(), password.is_empty()) {
            (true, true) => return Err(Some(LoginError::MissingBoth)),
            (true, false) => return Err(Some(LoginError::MissingUsername)),
            (false, true) => return Err(Some(LoginError::MissingPassword)),
            (false, false) => {}
        }
        let password = Password::typed(Zeroizing::new(password.to_owned())).map_err(|_| None)?;
        Ok(Self { name: Username::parse(username).ok().as_ref().map(SignInName::from), password })
    }

    /// Those of a person who is signed in already, and proves it again on a page of their own.
    #[must_use]
    pub fn of(user: &User, password: Password) -> Self {
        Self { name: Some(SignInName::from(&user.username)), password }
    }
}

/// A person whose password was right.
pub struct VerifiedPassword {
    user: Uuid,
    /// The hash that the password fits.
    hash: String,
    /// The password, when its hash is weaker than today's, and whose work it is to hash it anew.
    to_rehash: Option<(WorkOf, Password)>,
}

impl VerifiedPassword {
    /// The person has just chosen it: this is its hash.
    #[must_use]
    pub const fn just_set(user: Uuid, hash: String) -> Self {
        Self { user, hash, to_rehash: None }
    }

    /// Whether it is this person's: a sign-in name may have gone to another one meanwhile.
    #[must_use]
    pub fn is_of(&self, user: &User) -> bool {
        self.user == user.id
    }

    /// What it proves.
    #[must_use]
    pub fn authentication(&self, now: UnixTime) -> Authentication {
        Authentication::by_password(self.user, &self.hash, now)
    }

    /// Brings an old hash up to today's parameters; failing at that refuses no sign-in.
    pub async fn rehash(&mut self, request: &BrowserRequest) {
        let Some((work, password)) = self.to_rehash.take() else {
            return;
        };
        let Ok(new) = request.app.hashing.hash(&work, password).await else {
            return;
        };
        match request.app.store.rehash_password(self.user, self.hash.clone(), new.clone()).await {
            Ok(true) => self.hash = new,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a stronger hash could not be stored"),
        }
    }
}

/// Tries a password. A refusal to show is a value. `solved` is looked at only where the attempt would have to wait.
///
/// # Errors
/// [`DbError`].
pub async fn verify(
    request: &BrowserRequest,
    credentials: Credentials,
    solved: Option<SolvedPuzzle>,
) -> Result<Result<VerifiedPassword, LoginError>, DbError> {
    let outcome = attempt(request, credentials, solved).await?;
    match &outcome {
        Ok(_) => counted::tried(request, Factor::Password, FactorOutcome::Accepted),
        Err(error) => counted::not_accepted(request, Factor::Password, *error),
    }
    Ok(outcome)
}

async fn attempt(
    request: &BrowserRequest,
    credentials: Credentials,
    solved: Option<SolvedPuzzle>,
) -> Result<Result<VerifiedPassword, LoginError>, DbError> {
    let found = match credentials.name.clone() {
        Some(name) => request.app.store.user_for_login(name).await?,
        None => None,
    };
    let (user, stored) = found.map_or((None, None), |(user, stored)| (Some(user), stored));
    let begun = Attempt::begin(request, credentials.name.as_ref(), user.as_ref(), solved.as_ref()).await?;
    let attempt = match begun {
        Ok(attempt) => attempt,
        Err(refused) => {
            note(request, AuditEvent::SignInThrottled, user.as_ref()).await?;
            let retry_after_seconds = u64::try_from(refused.retry_after).unwrap_or(1);
            return Ok(Err(match refused.work_bits {
                Some(bits) => LoginError::AskedForWork { retry_after_seconds, bits },
                None => LoginError::Throttled { retry_after_seconds },
            }));
        }
    };
    let name = credentials.name.as_ref().map_or("", SignInName::as_str);
    let kept = stored.as_ref().map(|stored| stored.hash.clone());
    let compared = kept.unwrap_or_else(|| request.app.dummy_hashes.choose(name).to_string());
    let work = work_of(request, credentials.name.as_ref(), user.as_ref());
    let verified = match request.app.hashing.verify(&work, credentials.password.clone(), compared).await {
        Ok(verified) => verified,
        // Nothing was tried, so nothing is counted.
        Err(error) => {
            attempt.give_back(request).await?;
            return Ok(Err(busy(error)));
        }
    };
    let (user, stored) = match (user, stored) {
        (Some(user), Some(stored)) if verified.ok && user.may_prove(request.now) => (user, stored),
        (user, _) => {
            note(request, AuditEvent::SignInFailed, user.as_ref()).await?;
            return Ok(Err(LoginError::WrongCredentials));
        }
    };
    attempt.give_back(request).await?;
    if stored.has_expired(request.now) {
        // A person who knows it may know that: for everybody else it is a wrong one.
        note(request, AuditEvent::SignInFailed, Some(&user)).await?;
        return Ok(Err(LoginError::PasswordExpired));
    }
    let to_rehash = verified.needs_rehash.then_some((work, credentials.password));
    Ok(Ok(VerifiedPassword { user: user.id, hash: stored.hash, to_rehash }))
}

fn busy(error: HashPoolError) -> LoginError {
    if error != HashPoolError::Busy {
        tracing::error!(%error, "a password could not be checked");
    }
    LoginError::Busy { retry_after_seconds: u64::from(HashPoolError::RETRY_AFTER) }
}

/// The throttle bounds how many sign-ins fail, but not how many it turns away.
async fn note(request: &BrowserRequest, event: AuditEvent, user: Option<&User>) -> Result<(), DbError> {
    let (store, now, address) = (&request.app.store, request.now, Some(request.address_text()));
    let about = AuditContext { user: user.map(|user| user.id), address, ..AuditContext::default() };
    if event == AuditEvent::SignInThrottled {
        return store.record_rate_limited(&request.address.network_key(), event, about, now).await;
    }
    store.record(event, about, now).await
}
