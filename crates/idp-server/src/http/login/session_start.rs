//! What follows a right password or code: the session opens, or a step comes first. The person proves a second factor
//! (`second_step`), chooses a password (`choose_password`), or is shown where they would be signed out (the installation's login policy) and confirms it. Whether and
//! what is decided where the session opens, in one transaction; nothing here looks first and acts later.

use super::form::{FORM, expired};
use super::password::VerifiedPassword;
use super::submission::Submission;
use super::throttle::{Attempt, KnownDevice};
use super::{choose_password, counted, passkey, second_step};
use crate::db::sessions::OnDevice;
use crate::http::flow::{AfterSignIn, PendingLogin};
use crate::http::request::{BrowserRequest, cookies};
use crate::metrics::SignInMethod;
use crate::page::{
    AskedCode, DeviceLine, DisplayText, FormSeal, KeepAccountPage, PageError, SignedInElsewherePage, respond,
};
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use crate::store::sign_in::{ChosenPassword, ConfirmedEvictions, NewSignIn, PresentDevice, SignInOutcome};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::authentication::{Authentication, Factor};
use idp_core::discovery::path;
use idp_core::time::UnixTime;
use idp_core::user::User;

/// Opens the session and goes on, or asks first.
///
/// # Errors
/// When the store does not answer.
pub async fn start(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    tx: &str,
    mut verified: VerifiedPassword,
) -> Result<HttpResponse, PageError> {
    verified.rehash(request).await;
    let authentication = verified.authentication(request.now);
    let submission = submitted(request, &after, tx, &authentication);
    let pending = PendingLogin::new(authentication, submission.sid);
    SessionStart {
        request,
        after,
        former,
        submission,
        pending,
        attempt: None,
        step: Step::Proof,
        chosen: None,
    }
    .open()
    .await
}

/// The person used a passkey, and needs no password. `attempt` counts no more once it was worth something.
///
/// # Errors
/// When the store does not answer.
pub async fn by_passkey(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    tx: &str,
    authentication: Authentication,
    attempt: Attempt,
) -> Result<HttpResponse, PageError> {
    let submission = submitted(request, &after, tx, &authentication);
    let pending = PendingLogin::new(authentication, submission.sid);
    let attempt = Some(attempt);
    SessionStart { request, after, former, submission, pending, attempt, step: Step::Proof, chosen: None }
        .open()
        .await
}

/// The person proved a second factor as well: `pending` holds both. `attempt` counts no more once it was worth something.
///
/// # Errors
/// When the store does not answer.
pub async fn proven_further(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    tx: &str,
    pending: PendingLogin,
    attempt: Attempt,
) -> Result<HttpResponse, PageError> {
    let submitted = submitted(request, &after, tx, &pending.authentication);
    let submission = Submission { sid: pending.sid, ..submitted };
    let attempt = Some(attempt);
    SessionStart { request, after, former, submission, pending, attempt, step: Step::Proof, chosen: None }
        .open()
        .await
}

/// The person said yes to what a page asked. When what they proved is not good any more, they prove it again.
///
/// # Errors
/// When the store does not answer.
pub async fn answered(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    tx: &str,
    mut pending: PendingLogin,
    step: Step,
) -> Result<HttpResponse, PageError> {
    if pending.is_expired(request.now) {
        return expired(request, after, former.as_ref());
    }
    let submitted = submitted(request, &after, tx, &pending.authentication);
    let submission = Submission { sid: pending.sid, ..submitted };
    pending.keeps_account |= step == Step::KeepsAccount;
    SessionStart { request, after, former, submission, pending, attempt: None, step, chosen: None }
        .open()
        .await
}

/// The person chose a password in the place of a temporary one; `None` when there was nothing to replace any more.
///
/// # Errors
/// When the store does not answer.
pub async fn chosen(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    tx: &str,
    pending: PendingLogin,
    chosen: Option<ChosenPassword>,
) -> Result<HttpResponse, PageError> {
    let submitted = submitted(request, &after, tx, &pending.authentication);
    let submission = Submission { sid: pending.sid, ..submitted };
    let step = Step::ChoosesPassword;
    SessionStart { request, after, former, submission, pending, attempt: None, step, chosen }.open().await
}

/// What comes right before the session opens.
#[derive(Copy, Clone, Eq, PartialEq)]
pub enum Step {
    /// A proof.
    Proof,
    /// The person said yes to signing out elsewhere.
    Confirmed,
    /// The person said that they keep their account.
    KeepsAccount,
    /// The person chose a password.
    ChoosesPassword,
}

/// A session about to open.
struct SessionStart<'a> {
    request: &'a BrowserRequest,
    after: AfterSignIn,
    /// The session this browser has.
    former: Option<SignedIn>,
    submission: Submission,
    pending: PendingLogin,
    /// The one at a second factor or with a passkey that this follows.
    attempt: Option<Attempt>,
    step: Step,
    /// What the person chose.
    chosen: Option<ChosenPassword>,
}

fn submitted(
    request: &BrowserRequest,
    after: &AfterSignIn,
    tx: &str,
    authentication: &Authentication,
) -> Submission {
    let seals = request.app.seals();
    let key = seals.login_submission(after.sealed_under());
    Submission::of_form(key, tx, after.made_at(), authentication.user)
}

impl SessionStart<'_> {
    async fn open(mut self) -> Result<HttpResponse, PageError> {
        let store = &self.request.app.store;
        let sign_in = self.sign_in();
        let mut outcome = store.sign_in(sign_in, self.request.now).await?;
        // What a passkey or a code answered is good for the session of its page alone.
        let was_password = self.step == Step::Proof && self.attempt.is_none();
        if matches!(outcome, SignInOutcome::Spent) && was_password {
            // An old page, from the history: the password is right, and the session that it once opened is over.
            self.submission = Submission::fresh(self.request.now);
            self.pending.sid = self.submission.sid;
            let sign_in = self.sign_in();
            outcome = store.sign_in(sign_in, self.request.now).await?;
        }
        let was_right = matches!(
            outcome,
            SignInOutcome::SignedIn { .. }
                | SignInOutcome::Asks { .. }
                | SignInOutcome::Deleting { .. }
                | SignInOutcome::ChoosePassword { .. }
        );
        if let Some(attempt) = self.attempt.take().filter(|_| was_right) {
            attempt.give_back(self.request).await?;
        }
        match outcome {
            SignInOutcome::SignedIn { signed_in, device_is_new } => {
                self.signed_in(*signed_in, device_is_new).await
            }
            SignInOutcome::Asks { user, to_end } => self.ask(&user, &to_end),
            SignInOutcome::Deleting { user, due } => self.ask_to_keep(&user, due),
            SignInOutcome::ChoosePassword { user } => {
                // As for a second step below.
                self.pending.sid = Submission::fresh(self.request.now).sid;
                choose_password::ask(self.request, self.after, &user, self.pending)
            }
            SignInOutcome::SecondStep => {
                // Its own, so that a login form from the history, whose session was opened long ago, leads on as well.
                self.pending.sid = Submission::fresh(self.request.now).sid;
                second_step::ask(self.request, self.after, self.former, self.pending, AskedCode::App).await
            }
            SignInOutcome::CodeSpent if self.pending.authentication.proofs.has(Factor::Passkey) => {
                passkey::not_credible(self.request, self.after, self.former, self.pending).await
            }
            SignInOutcome::CodeSpent => {
                second_step::spent(self.request, self.after, self.former, self.pending).await
            }
            SignInOutcome::Spent | SignInOutcome::Void if self.pending.continues.is_some() => {
                // That session is over: the sign-in begins at its first step, and says why.
                self.after.go_to_login(self.request)
            }
            // They chose one in another tab, and the request goes on with that sign-in.
            SignInOutcome::Spent | SignInOutcome::Void if self.has_signed_in_elsewhere() => {
                self.after.go_to_login(self.request)
            }
            SignInOutcome::Spent | SignInOutcome::Void => {
                expired(self.request, self.after, self.former.as_ref())
            }
        }
    }

    /// Whether this browser has a session by now of the person who was asked for a password.
    fn has_signed_in_elsewhere(&self) -> bool {
        let user = self.pending.authentication.user;
        self.step == Step::ChoosesPassword
            && self.former.as_ref().is_some_and(|former| former.user.id == user)
    }

    fn sign_in(&mut self) -> NewSignIn {
        let (request, submission) = (self.request, &self.submission);
        NewSignIn {
            authentication: self.pending.authentication.clone(),
            former: self.former.as_ref().map(|former| former.session.clone()),
            secret: submission.session.hash(),
            sid: submission.sid,
            address: request.address_text(),
            device: PresentDevice {
                cookie: cookies::device(&request.http).map(|cookie| cookie.hash()),
                new_id: submission.device_id,
                new_cookie: submission.device.hash(),
                described: request.described(),
            },
            continues: self.pending.continues,
            agreed: (self.step == Step::Confirmed)
                .then(|| ConfirmedEvictions { to_end: self.pending.to_end.clone() }),
            keeps_account: self.pending.keeps_account,
            chosen: self.chosen.take(),
        }
    }

    async fn signed_in(self, signed_in: SignedIn, device_is_new: bool) -> Result<HttpResponse, PageError> {
        let (request, mut after, submission) = (self.request, self.after, self.submission);
        let known = cookies::device(&request.http).filter(|_| !device_is_new);
        let device = known.unwrap_or(submission.device);
        match self.pending.continues {
            // A further proof is no new sign-in: for `max_age` the older one counts, as it stood when the page was made.
            Some(_) => after.note_form(after.made_at(), request.now),
            None => after.note_sign_in(&signed_in),
        }
        if self.pending.continues.is_none() {
            let by_password = self.pending.authentication.proofs.has(Factor::Password);
            let method = if by_password { SignInMethod::Password } else { SignInMethod::Passkey };
            counted::signed_in(request, method);
        }
        let known = KnownDevice::sealed(request, &signed_in);
        let mut response = after.advance(request, Some(signed_in)).await?.or_login(request)?;
        cookies::set_session(
            &mut response,
            &submission.session,
            request.app.store.policies().session.absolute,
        );
        cookies::set_device(&mut response, &device);
        if let Some(known) = known {
            cookies::set_known_device(&mut response, &known);
        }
        Ok(response)
    }

    /// Says when the account is deleted, and asks.
    fn ask_to_keep(self, user: &User, due: UnixTime) -> Result<HttpResponse, PageError> {
        let (request, mut after) = (self.request, self.after);
        *after.pending() = Some(self.pending);
        let security = after.security();
        let sealed = after.seal(request)?;
        let binding = FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
        let csrf = request.app.seals().form_token(&binding);
        let address = sealed.address(path::LOGIN);
        let layout = request.layout_at(&address);
        let page = KeepAccountPage {
            seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
            account: DisplayText::account(user),
            deleted_on: DisplayText::name(&layout.language.date(due)),
            layout,
        };
        let mut response = respond(&page, StatusCode::OK, &security);
        sealed.set_cookie(&mut response);
        Ok(response)
    }

    /// Shows what would end, and asks.
    fn ask(self, user: &User, to_end: &[OnDevice]) -> Result<HttpResponse, PageError> {
        let (request, mut after, mut pending) = (self.request, self.after, self.pending);
        pending.to_end = to_end.iter().map(|(session, _)| session.sid).collect();
        *after.pending() = Some(pending);
        let (client, security) = (after.label(), after.security());
        let sealed = after.seal(request)?;
        let binding = FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
        let csrf = request.app.seals().form_token(&binding);
        let address = sealed.address(path::LOGIN);
        let layout = request.layout_at(&address);
        let line =
            |(session, device): &OnDevice| DeviceLine::new(session, device.as_ref(), &layout, request.now);
        let page = SignedInElsewherePage {
            client,
            seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
            account: DisplayText::account(user),
            devices: to_end.iter().map(line).collect(),
            layout,
        };
        let mut response = respond(&page, StatusCode::OK, &security);
        sealed.set_cookie(&mut response);
        Ok(response)
    }
}
