//! `/account/password`: a person changes their own password. They prove the old one, under the same limits of guessing as
//! at the login; then everything ends that the old one opened, and this browser is signed in with the new one.
//! OWASP ASVS 5.0 6.2.2, 6.2.3, 7.4.3.

use super::gate::Admitted;
use super::{holder, receipt};
use crate::clock::Stopwatch;
use crate::directory::DirectoryError;
use crate::hash_pool::HashPoolError;
use crate::http::login::password::{Credentials, VerifiedPassword, verify};
use crate::http::login::submission::Submission;
use crate::http::login::throttle::{KnownDevice, work_of};
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm, cookies};
use crate::page::{
    DisplayText, FormSeal, LoginError, NewPasswordField, NewPasswordProblem, OldPasswordProblem, PageError,
    PasswordPage, TypedText,
};
use crate::seals::FormBinding;
use crate::store::own_password::{ChangedPassword, OwnPasswordChange, OwnPasswordOutcome};
use crate::store::sessions::SignedIn;
use crate::store::sign_in::{NewSignIn, PresentDevice};
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::password::Password;
use zeroize::Zeroizing;

const FORM: &str = "password";

/// GET: the page.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    Shown::new(&request, &admitted.0).respond()
}

/// POST: the change.
pub async fn post(
    request: BrowserRequest,
    admitted: Admitted,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    let shown = Shown::new(&request, &signed_in);
    let (old, new) = match read(&form) {
        Ok(typed) => typed,
        Err(Unreadable::Old) => return Err(PageError::Malformed),
        Err(Unreadable::Fields(old, new)) => return shown.with(old, new).respond(),
    };
    let directory = request.app.directory();
    let account = match directory.account(&signed_in.user.username).await {
        Ok(account) => account,
        // Renamed or removed at this moment.
        Err(DirectoryError::UnknownUser(_)) => return Ok(see_other(path::PASSWORD)),
        Err(error) => return Err(request.internal(&error)),
    };
    // Before the old one is tried, so that the person need not type it again for that.
    if let Err(error) = directory.weigh_password(&new, &account) {
        return shown.with(None, Some(refused(&request, error)?)).respond();
    }
    let verified = match verify(&request, Credentials::of(&signed_in.user, old), None).await? {
        Ok(verified) if verified.is_of(&signed_in.user) => verified,
        Ok(_) => return shown.with(Some(OldPasswordProblem::Wrong), None).respond(),
        // A second press came after the first had changed it, and ended this session: the page says how it stands.
        Err(_) if request.signed_in().await?.is_none() => return Ok(see_other(path::PASSWORD)),
        Err(error) => return shown.with(Some(about_old(error)), None).respond(),
    };
    match directory.accepted(&work_of(&request, None, Some(&signed_in.user)), new, &account).await {
        Ok(hash) => change(&request, &signed_in, &verified, hash).await,
        Err(DirectoryError::Hashing(HashPoolError::Busy)) => {
            let retry_after_seconds = u64::from(HashPoolError::RETRY_AFTER);
            shown.with(Some(OldPasswordProblem::Busy { retry_after_seconds }), None).respond()
        }
        Err(error) => shown.with(None, Some(refused(&request, error)?)).respond(),
    }
}

/// Why the two fields make no attempt.
enum Unreadable {
    /// The old password is longer than any that could have been set.
    Old,
    /// What to say beside them.
    Fields(Option<OldPasswordProblem>, Option<NewPasswordProblem>),
}

fn read(form: &PageForm) -> Result<(Password, Password), Unreadable> {
    let (old, new) = (form.field("password"), form.field("new_password"));
    if old.is_empty() || new.is_empty() {
        let old = old.is_empty().then_some(OldPasswordProblem::Missing);
        return Err(Unreadable::Fields(old, new.is_empty().then_some(NewPasswordProblem::Missing)));
    }
    let typed = |text: &str| Password::typed(Zeroizing::new(text.to_owned()));
    let old = typed(old).map_err(|_| Unreadable::Old)?;
    let about_new = |problem| Unreadable::Fields(None, Some(problem));
    let new = typed(new).map_err(|_| about_new(NewPasswordProblem::TooLong))?;
    // Both are the person's own words, so this tells them nothing of what is stored.
    match old.expose() == new.expose() {
        true => Err(about_new(NewPasswordProblem::Same)),
        false => Ok((old, new)),
    }
}

/// What is wrong with the new password; anything else is a failure of ours.
fn refused(request: &BrowserRequest, error: DirectoryError) -> Result<NewPasswordProblem, PageError> {
    match error {
        DirectoryError::WeakPassword(weakness) => Ok(NewPasswordProblem::Weak(weakness)),
        DirectoryError::Store(error) => Err(error.into()),
        error => Err(request.internal(&error)),
    }
}

fn about_old(error: LoginError) -> OldPasswordProblem {
    match error {
        // Its page has no puzzle: the person's own browser is known, and bears guesses of its own.
        LoginError::Throttled { retry_after_seconds }
        | LoginError::AskedForWork { retry_after_seconds, .. } => {
            OldPasswordProblem::Throttled { retry_after_seconds }
        }
        LoginError::Busy { retry_after_seconds } => OldPasswordProblem::Busy { retry_after_seconds },
        _ => OldPasswordProblem::Wrong,
    }
}

async fn change(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    verified: &VerifiedPassword,
    hash: String,
) -> Result<HttpResponse, PageError> {
    let (store, since) = (&request.app.store, Stopwatch::start());
    let submission = Submission::fresh(request.now);
    let sign_in = NewSignIn {
        authentication: verified.authentication(request.now),
        former: Some(signed_in.session.clone()),
        secret: submission.session.hash(),
        sid: submission.sid,
        address: request.address_text(),
        device: PresentDevice {
            cookie: cookies::device(&request.http).map(|cookie| cookie.hash()),
            new_id: submission.device_id,
            new_cookie: submission.device.hash(),
            described: request.described(),
        },
        agreed: None,
        continues: None,
        keeps_account: false,
        chosen: None,
    };
    match store.change_own_password(OwnPasswordChange { sign_in, hash }, request.now).await? {
        OwnPasswordOutcome::Changed(changed) => done(request, &submission, &changed, since).await,
        // Changed at the same moment by another request, or signed out: the page says how it stands.
        OwnPasswordOutcome::Void => Ok(see_other(path::PASSWORD)),
    }
}

/// The cookies of the session that began, and the way to the receipt.
async fn done(
    request: &BrowserRequest,
    submission: &Submission,
    changed: &ChangedPassword,
    since: Stopwatch,
) -> Result<HttpResponse, PageError> {
    let store = &request.app.store;
    let reached = store.wait_for_confirmations(&changed.ended, since, request.now).await;
    let done = receipt::of_other_devices(request, &changed.ended, reached);
    let mut response = receipt::show_at(request, path::PASSWORD, &holder(&changed.signed_in), done)?;
    cookies::set_session(&mut response, &submission.session, store.policies().session.absolute);
    if changed.device_is_new {
        cookies::set_device(&mut response, &submission.device);
    }
    // The one it had was of the old password.
    if let Some(known) = KnownDevice::sealed(request, &changed.signed_in) {
        cookies::set_known_device(&mut response, &known);
    }
    Ok(response)
}

/// The page on its way.
struct Shown<'a> {
    request: &'a BrowserRequest,
    signed_in: &'a SignedIn,
    old: Option<OldPasswordProblem>,
    new: Option<NewPasswordProblem>,
}

impl<'a> Shown<'a> {
    const fn new(request: &'a BrowserRequest, signed_in: &'a SignedIn) -> Self {
        Self { request, signed_in, old: None, new: None }
    }

    fn with(self, old: Option<OldPasswordProblem>, new: Option<NewPasswordProblem>) -> Self {
        Self { old, new, ..self }
    }

    fn respond(self) -> Result<HttpResponse, PageError> {
        let (request, user) = (self.request, &self.signed_in.user);
        let policy = request.app.config.password.policy();
        let minimum = policy.map_err(|error| request.internal(&error))?.minimum();
        let holder = holder(self.signed_in);
        let csrf = request.app.seals().form_token(&FormBinding { form: FORM, holder: &holder, tx: "" });
        let page = PasswordPage {
            layout: request.layout(),
            seal: FormSeal { post_to: path::PASSWORD, tx: "", csrf: &csrf },
            account: DisplayText::account(user),
            username: TypedText::new(user.username.as_str()),
            receipt: receipt::shown_to(request, path::PASSWORD, &holder),
            old: self.old,
            new: NewPasswordField { minimum, problem: self.new },
            request_id: &request.request_id,
        };
        Ok(page.respond())
    }
}
