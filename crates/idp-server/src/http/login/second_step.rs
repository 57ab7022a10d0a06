//! The second step: after a right password a person who has an authenticator app types a code of it, or one of their recovery
//! codes, or uses a passkey if they have one (`passkey`); or has a link sent where that may stand in for them (`mail_link`). An
//! attempt is counted before the code is looked at, and against the person: an attacker who tries codes knows the password
//! already. That the account asks for a code, and that no code counts twice, is decided where the session opens.

use super::form::expired;
use super::second_step_page::Shown;
use super::submission::Submission;
use super::throttle::{Attempt, SecondStepAttempt, work_of, wrong_codes};
use super::{counted, mail_link, session_start};
use crate::db::DbError;
use crate::db::audit_events::{AuditContext, AuditEvent};
use crate::hash_pool::HashPoolError;
use crate::http::flow::{AfterSignIn, PendingLogin};
use crate::http::request::{BrowserRequest, PageForm};
use crate::mail::SecondStepNews;
use crate::metrics::FactorOutcome;
use crate::page::{AskedCode, DisplayText, PageError, SecondStepError};
use crate::store::second_factors::AtSecondStep;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::authentication::{Authentication, Factor, FallbackFacts, NoFallback};
use idp_core::mail_address::MailAddress;
use idp_core::recovery_code::RecoveryCode;
use idp_core::second_step_link::{LinkCode, SecondStepLink};
use idp_core::totp::{TotpCode, TotpCredential, TotpSecret};
use idp_core::user::UserStatus;

/// Asks for a code of this kind.
///
/// # Errors
/// When the store does not answer, or the page cannot be sealed.
pub async fn ask(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    pending: PendingLogin,
    asked: AskedCode,
) -> Result<HttpResponse, PageError> {
    ask_again(request, after, former, (pending, asked), None).await
}

/// Asks a person who is signed in for a code: their sign-in proves less than is demanded of it now.
///
/// # Errors
/// When the store does not answer, or the page cannot be sealed.
pub async fn ask_further(
    request: &BrowserRequest,
    after: AfterSignIn,
    signed_in: SignedIn,
) -> Result<HttpResponse, PageError> {
    let pending = PendingLogin::in_session(&signed_in, Submission::fresh(request.now).sid);
    ask(request, after, Some(signed_in), pending, AskedCode::App).await
}

/// Asks for another code: this one has opened a session already.
///
/// # Errors
/// When the store does not answer, or the page cannot be sealed.
pub async fn spent(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    pending: PendingLogin,
) -> Result<HttpResponse, PageError> {
    let proofs = &pending.authentication.proofs;
    let asked = match (proofs.has(Factor::RecoveryCode), pending.authentication.spends_mail_link()) {
        (true, _) => AskedCode::Recovery,
        (false, true) => AskedCode::Link,
        (false, false) => AskedCode::App,
    };
    ask_again(request, after, former, (pending, asked), Some(SecondStepError::SpentCode)).await
}

async fn ask_again(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    (pending, asked): (PendingLogin, AskedCode),
    error: Option<SecondStepError>,
) -> Result<HttpResponse, PageError> {
    match found(request, &pending).await? {
        Some(person) => SecondStep { request, after, former, person, asked }.show(pending, error),
        None => expired(request, after, former.as_ref()),
    }
}

/// Tries the code of the form, which was asked to be of this kind.
///
/// # Errors
/// When the store does not answer.
pub async fn check(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    form: &PageForm,
    (pending, asked): (PendingLogin, AskedCode),
) -> Result<HttpResponse, PageError> {
    let Some(person) = found(request, &pending).await?.filter(|_| !pending.is_expired(request.now)) else {
        return expired(request, after, former.as_ref());
    };
    SecondStep { request, after, former, person, asked }.check(form, pending).await
}

/// Who is asked, and for what they can be.
///
/// # Errors
/// When the store does not answer.
pub async fn found(
    request: &BrowserRequest,
    pending: &PendingLogin,
) -> Result<Option<AtSecondStep>, DbError> {
    let with_link = request.app.config.authentication.mail_fallback;
    request.app.store.second_step_of(pending.authentication.user, with_link).await
}

/// A second step under way.
pub struct SecondStep<'a> {
    /// The browser that asks.
    pub request: &'a BrowserRequest,
    /// What the sign-in is for.
    pub after: AfterSignIn,
    /// Who was signed in in this browser before.
    pub former: Option<SignedIn>,
    /// Who signs in, and what they can be asked for.
    pub person: AtSecondStep,
    /// The kind of code that the page asks for.
    pub asked: AskedCode,
}

/// A code that was typed, and can be one.
enum TypedCode {
    App(TotpCode),
    Recovery(RecoveryCode),
    Link(LinkCode),
}

impl TypedCode {
    const fn factor(&self) -> Factor {
        match self {
            Self::App(_) => Factor::Totp,
            Self::Recovery(_) => Factor::RecoveryCode,
            Self::Link(_) => Factor::MailLink,
        }
    }
}

/// What a code came to.
enum Tried {
    /// It is right.
    Right(Authentication),
    /// It is not, or not any more.
    Wrong,
    /// There is nothing that it could be compared with.
    Unchecked,
    /// All password checks are taken: it was not looked at.
    Busy,
    /// There is no letter any more that it could be of.
    NoLetter,
}

impl SecondStep<'_> {
    async fn check(self, form: &PageForm, mut pending: PendingLogin) -> Result<HttpResponse, PageError> {
        let code = match self.read(form.field("code")) {
            Ok(code) => code,
            Err(error) => return self.show(pending, Some(error)),
        };
        let request = self.request;
        let at = SecondStepAttempt {
            user: &self.person.user,
            newest: self.person.factors.newest(),
            in_session: pending.continues.is_some(),
        };
        let attempt = match Attempt::at_second_step(request, at).await? {
            Ok(attempt) => attempt,
            Err(throttled) => {
                self.note_throttled().await?;
                let seconds = u64::try_from(throttled.retry_after).unwrap_or(1);
                let error = SecondStepError::Throttled { retry_after_seconds: seconds };
                counted::second_not_accepted(request, code.factor(), error);
                return self.show(pending, Some(error));
            }
        };
        let attempt = match &code {
            TypedCode::Link(_) => match attempt.and_in(request, mail_link::tries(request, &pending)).await? {
                Ok(attempt) => attempt,
                Err(_) => return self.show(pending, Some(SecondStepError::LinkOver)),
            },
            TypedCode::App(_) | TypedCode::Recovery(_) => attempt,
        };
        let tried = match &code {
            TypedCode::App(code) => self.try_app_code(code, &pending.authentication),
            TypedCode::Recovery(code) => self.try_recovery_code(code, &pending.authentication).await,
            TypedCode::Link(code) => self.try_link_code(code, &pending),
        };
        match tried {
            Tried::Right(authentication) => {
                counted::tried(request, code.factor(), FactorOutcome::Accepted);
                pending.authentication = authentication;
                let (after, former) = (self.after, self.former);
                session_start::proven_further(request, after, former, form.tx(), pending, attempt).await
            }
            Tried::Wrong => {
                self.note_wrong().await?;
                counted::second_not_accepted(request, code.factor(), SecondStepError::WrongCode);
                self.show(pending, Some(SecondStepError::WrongCode))
            }
            Tried::Unchecked => {
                attempt.give_back(request).await?;
                self.show(pending, Some(SecondStepError::Unchecked))
            }
            Tried::NoLetter => {
                attempt.give_back(request).await?;
                self.show(pending, Some(SecondStepError::LinkOver))
            }
            Tried::Busy => {
                attempt.give_back(request).await?;
                let retry_after_seconds = u64::from(HashPoolError::RETRY_AFTER);
                let error = SecondStepError::Busy { retry_after_seconds };
                counted::second_not_accepted(request, code.factor(), error);
                self.show(pending, Some(error))
            }
        }
    }

    fn read(&self, typed: &str) -> Result<TypedCode, SecondStepError> {
        let code = match self.asked {
            AskedCode::App => {
                TotpCode::parse(typed).or_else(|| self.of_another_length(typed)).map(TypedCode::App)
            }
            AskedCode::Recovery => RecoveryCode::parse(typed).map(TypedCode::Recovery),
            AskedCode::Link => LinkCode::parse(typed).map(TypedCode::Link),
        };
        code.ok_or(match typed.trim().is_empty() {
            true => SecondStepError::MissingCode,
            false => SecondStepError::MalformedCode,
        })
    }

    /// An app that was brought along from another provider may show more digits than six.
    fn of_another_length(&self, typed: &str) -> Option<TotpCode> {
        let secrets = self.person.factors.apps.iter().filter_map(|app| self.secret_of(app));
        secrets
            .map(|secret| secret.parameters().digits())
            .find_map(|digits| TotpCode::parse_of(typed, digits))
    }

    /// Looks for the app that makes this code about now. An app whose secret does not open says nothing of a code; where none
    /// opens, the code was compared with nothing.
    fn try_app_code(&self, code: &TotpCode, proven: &Authentication) -> Tried {
        let (apps, now) = (&self.person.factors.apps, self.request.now);
        let readable: Vec<_> = apps.iter().filter_map(|app| Some((app, self.secret_of(app)?))).collect();
        let found = readable.iter().find_map(|(app, secret)| Some((*app, secret.step_of(code, now)?)));
        match found {
            Some((app, step)) => Tried::Right(proven.clone().and_totp(app, step, now)),
            None if readable.is_empty() && !apps.is_empty() => Tried::Unchecked,
            None => Tried::Wrong,
        }
    }

    fn secret_of(&self, app: &TotpCredential) -> Option<TotpSecret> {
        let seal = &self.request.app.seals().totp_secret;
        let secret = seal.open(&app.sealed_secret, &app.user.to_string());
        if secret.is_none() {
            tracing::error!(
                app = %app.id,
                user = %app.user,
                "the secret of an authenticator app does not open under the master key: no code of it can be checked"
            );
        }
        secret
    }

    async fn try_recovery_code(&self, code: &RecoveryCode, proven: &Authentication) -> Tried {
        let stored: Vec<String> = self.person.factors.codes.iter().map(|code| code.hash.clone()).collect();
        let Ok(secret) = code.as_password() else { return Tried::Wrong };
        let work = work_of(self.request, None, Some(&self.person.user));
        match self.request.app.hashing.find(&work, secret, stored).await {
            // Whether it was used before is asked where the session opens, as of every code.
            Ok(Some(place)) => match self.person.factors.codes.get(place) {
                Some(code) => Tried::Right(proven.clone().and_recovery_code(code, self.request.now)),
                None => Tried::Wrong,
            },
            Ok(None) => Tried::Wrong,
            Err(HashPoolError::Busy) => Tried::Busy,
            Err(error) => {
                tracing::error!(%error, user = %self.person.user.id, "a recovery code could not be checked");
                Tried::Unchecked
            }
        }
    }

    /// Looks at the code of the letter that this very sign-in had sent. Whether it was used before is asked where the session
    /// opens.
    fn try_link_code(&self, code: &LinkCode, pending: &PendingLogin) -> Tried {
        let Some(link) = self.link_for(pending) else {
            return Tried::NoLetter;
        };
        match self.request.app.seals().is_link_code(&link.code, pending.sid, code) {
            true => Tried::Right(pending.authentication.clone().and_mail_link(link, self.request.now)),
            false => Tried::Wrong,
        }
    }

    /// The link that was sent for this sign-in, while it and the letter count.
    #[must_use]
    pub fn link_for(&self, pending: &PendingLogin) -> Option<&SecondStepLink> {
        self.fallback(pending).ok()?;
        self.person.factors.link.as_ref().filter(|link| link.is_for(pending.sid, self.request.now))
    }

    /// Where a link may be sent that stands in for the factor.
    ///
    /// # Errors
    /// Why there is none.
    pub fn fallback(&self, pending: &PendingLogin) -> Result<&MailAddress, NoFallback> {
        let AtSecondStep { user, factors, password_is_confirmed, address } = &self.person;
        // An account that waits to be deleted is given back by its own factors.
        let address = address.as_ref().filter(|_| user.status == UserStatus::Active);
        let facts = FallbackFacts {
            proofs: &pending.authentication.proofs,
            second_factors: &factors.kinds(),
            password_is_confirmed: *password_is_confirmed,
            has_address: address.is_some(),
        };
        self.after.mail_fallback(self.request, user.second_factor, &facts)?;
        address.ok_or(NoFallback::NoAddress)
    }

    fn about(&self) -> AuditContext {
        let address = Some(self.request.address_text());
        AuditContext { user: Some(self.person.user.id), address, ..AuditContext::default() }
    }

    /// The bucket bounds how many codes are tried, but not how many attempts it turns away.
    async fn note_throttled(&self) -> Result<(), DbError> {
        let (store, source) = (&self.request.app.store, self.request.address.network_key());
        let event = AuditEvent::SignInThrottled;
        store.record_rate_limited(&source, event, self.about(), self.request.now).await
    }

    async fn note_wrong(&self) -> Result<(), DbError> {
        let (request, described) = (self.request, self.request.described());
        let news = SecondStepNews::WrongCodes {
            at: request.now,
            browser: described.browser.map(str::to_owned),
            system: described.system.map(str::to_owned),
            address: Some(request.address_text()),
        };
        let user = &self.person.user;
        let row = wrong_codes(request, user);
        request.app.store.record_wrong_code(user.id, row, news, self.about(), request.now).await
    }

    /// The page.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn show(
        self,
        pending: PendingLogin,
        error: Option<SecondStepError>,
    ) -> Result<HttpResponse, PageError> {
        let link_to = self.fallback(&pending).ok().map(|to| DisplayText::name(&to.masked()));
        let (request, mut after) = (self.request, self.after);
        // A person who is signed in already may stay without the page that asks for more.
        let may_cancel = matches!(after, AfterSignIn::Client { .. }) || pending.continues.is_some();
        *after.pending() = Some(pending);
        let (client, security) = (after.label(), after.security());
        let sealed = after.seal(request)?;
        let shown = Shown { client, security, may_cancel, asked: self.asked, link_to };
        shown.respond(request, &self.person, &sealed, error)
    }
}
