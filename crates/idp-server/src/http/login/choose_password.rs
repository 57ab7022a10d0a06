//! The page that comes where a temporary password would open a session: the person chooses one that only they know, and the
//! request goes on with it. What they proved waits in the form, as before a second step; there is no session until the new
//! password is stored with it (ADR 58). OWASP ASVS 5.0 6.4.1.

use super::form::{FORM, expired};
use super::session_start;
use super::throttle::work_of;
use crate::directory::DirectoryError;
use crate::hash_pool::HashPoolError;
use crate::http::flow::{AfterSignIn, PendingLogin};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{
    ChoosePasswordPage, DisplayText, FormSeal, NewPasswordField, NewPasswordProblem, PageError, TypedText,
};
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use crate::store::sign_in::ChosenPassword;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::password::Password;
use idp_core::user::{Account, User};
use zeroize::Zeroizing;

/// Asks for it.
///
/// # Errors
/// When the page cannot be sealed.
pub fn ask(
    request: &BrowserRequest,
    after: AfterSignIn,
    user: &User,
    pending: PendingLogin,
) -> Result<HttpResponse, PageError> {
    show(request, after, user, pending, None)
}

/// Takes it, if the person may have it.
///
/// # Errors
/// When the store does not answer.
pub async fn check(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    form: &PageForm,
    pending: PendingLogin,
) -> Result<HttpResponse, PageError> {
    if pending.is_expired(request.now) {
        return expired(request, after, former.as_ref());
    }
    // Before anything is compared: a person who once knew a temporary password may not use it to guess at its successor.
    let found = request.app.store.replaceable_password(pending.authentication.clone(), request.now).await?;
    let Some((account, replaces)) = found else {
        return session_start::chosen(request, after, former, form.tx(), pending, None).await;
    };
    match hashed(request, form, &account, &replaces).await? {
        Ok(hash) => {
            let chosen = Some(ChosenPassword { hash, replaces });
            session_start::chosen(request, after, former, form.tx(), pending, chosen).await
        }
        Err(problem) => show(request, after, &account.user, pending, Some(problem)),
    }
}

/// What to say about a password that was not taken.
enum Problem {
    New(NewPasswordProblem),
    Busy,
}

async fn hashed(
    request: &BrowserRequest,
    form: &PageForm,
    account: &Account,
    replaces: &str,
) -> Result<Result<String, Problem>, PageError> {
    let problem = |problem| Ok(Err(Problem::New(problem)));
    let typed = form.field("new_password");
    if typed.is_empty() {
        return problem(NewPasswordProblem::Missing);
    }
    let Ok(password) = Password::typed(Zeroizing::new(typed.to_owned())) else {
        return problem(NewPasswordProblem::TooLong);
    };
    let work = work_of(request, None, Some(&account.user));
    match request.app.hashing.verify(&work, password.clone(), replaces.to_owned()).await {
        Ok(verified) if verified.ok => return problem(NewPasswordProblem::Same),
        Ok(_) => {}
        Err(HashPoolError::Busy) => return Ok(Err(Problem::Busy)),
        Err(error) => return Err(request.internal(&error)),
    }
    match request.app.directory().accepted(&work, password, account).await {
        Ok(hash) => Ok(Ok(hash)),
        Err(DirectoryError::WeakPassword(weakness)) => problem(NewPasswordProblem::Weak(weakness)),
        Err(DirectoryError::Hashing(HashPoolError::Busy)) => Ok(Err(Problem::Busy)),
        Err(DirectoryError::Store(error)) => Err(error.into()),
        Err(error) => Err(request.internal(&error)),
    }
}

fn show(
    request: &BrowserRequest,
    mut after: AfterSignIn,
    user: &User,
    pending: PendingLogin,
    problem: Option<Problem>,
) -> Result<HttpResponse, PageError> {
    request.heed_person(user);
    *after.pending() = Some(pending);
    let (client, security) = (after.label(), after.security());
    let may_cancel = matches!(after, AfterSignIn::Client { .. });
    let sealed = after.seal(request)?;
    let binding = FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let address = sealed.address(path::LOGIN);
    let policy = request.app.config.password.policy();
    let minimum = policy.map_err(|error| request.internal(&error))?.minimum();
    let (busy, problem) = match problem {
        None => (None, None),
        Some(Problem::New(problem)) => (None, Some(problem)),
        Some(Problem::Busy) => (Some(u64::from(HashPoolError::RETRY_AFTER)), None),
    };
    let page = ChoosePasswordPage {
        layout: request.layout_at(&address),
        client,
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        account: DisplayText::account(user),
        username: TypedText::new(user.username.as_str()),
        new: NewPasswordField { minimum, problem },
        busy,
        may_cancel,
        request_id: &request.request_id,
    };
    let mut response = page.respond(&security);
    sealed.set_cookie(&mut response);
    Ok(response)
}
