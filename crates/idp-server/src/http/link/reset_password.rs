//! `/reset-password`: where the link in a letter leads to a new password. It signs nobody in: the person goes on at the sign-in page of
//! what they were signing in for, with the new password, and with a second factor if the account asks for one.

use super::{LinkPage, Visit};
use crate::directory::DirectoryError;
use crate::hash_pool::HashPoolError;
use crate::http::flow::AfterSignIn;
use crate::http::login::throttle::work_of;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{
    DisplayText, FormSeal, NewPasswordField, NewPasswordProblem, PageError, ResetPasswordPage, TypedText,
};
use crate::seals::FormBinding;
use crate::store::mail_links::OpenedLink;
use crate::store::password_reset::ResetPassword;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::password::Password;
use idp_core::user::Account;
use zeroize::Zeroizing;

const PAGE: LinkPage = LinkPage { path: path::RESET_PASSWORD, form: "reset password" };

/// GET: the page; a link in its address is moved out of it.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    if !request.app.config.resets_passwords_by_mail() {
        return Err(PageError::NotFound);
    }
    match PAGE.open(&request).await? {
        Ok(visit) => show(&request, visit, Problem::None),
        Err(answer) => Ok(answer),
    }
}

/// POST: sets the password.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    if !request.app.config.resets_passwords_by_mail() {
        return Err(PageError::NotFound);
    }
    let visit = match PAGE.posted(&request, &form).await? {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let OpenedLink::Password { account, .. } = &visit.link else {
        return show(&request, visit, Problem::None);
    };
    let hash = match hashed(&request, &form, account).await? {
        Ok(hash) => hash,
        Err(problem) => return show(&request, visit, problem),
    };
    let store = &request.app.store;
    match store.reset_password(&visit.secret, hash, request.address_text(), request.now).await? {
        Some(reset) => go_on(&request, &reset).await,
        // Used, replaced or run out at this moment.
        None => Ok(PAGE.void(&request, None)),
    }
}

/// What to say about a password that was not taken.
enum Problem {
    None,
    New(NewPasswordProblem),
    Busy,
}

async fn hashed(
    request: &BrowserRequest,
    form: &PageForm,
    account: &Account,
) -> Result<Result<String, Problem>, PageError> {
    let typed = form.field("new_password");
    if typed.is_empty() {
        return Ok(Err(Problem::New(NewPasswordProblem::Missing)));
    }
    let Ok(password) = Password::typed(Zeroizing::new(typed.to_owned())) else {
        return Ok(Err(Problem::New(NewPasswordProblem::TooLong)));
    };
    let of = work_of(request, None, Some(&account.user));
    match request.app.directory().accepted(&of, password, account).await {
        Ok(hash) => Ok(Ok(hash)),
        Err(DirectoryError::WeakPassword(weakness)) => {
            Ok(Err(Problem::New(NewPasswordProblem::Weak(weakness))))
        }
        Err(DirectoryError::Hashing(HashPoolError::Busy)) => Ok(Err(Problem::Busy)),
        Err(DirectoryError::Store(error)) => Err(error.into()),
        Err(error) => Err(request.internal(&error)),
    }
}

/// To the sign-in page of what the person was signing in for, whichever browser that began in.
async fn go_on(request: &BrowserRequest, reset: &ResetPassword) -> Result<HttpResponse, PageError> {
    let mut after = AfterSignIn::of_way_back(request, reset.way_back.as_deref()).await?;
    after.note_password_was_set(reset.user.username.as_str());
    after.go_to_login(request)
}

fn show(request: &BrowserRequest, visit: Visit, problem: Problem) -> Result<HttpResponse, PageError> {
    let account = match visit.link {
        OpenedLink::Password { account, .. } => account,
        OpenedLink::Void { way_back } => return Ok(PAGE.void(request, way_back.as_deref())),
        _ => return Ok(PAGE.void(request, None)),
    };
    request.heed_person(&account.user);
    let (sealed, address) = PAGE.seal(request, visit.transaction)?;
    let binding = FormBinding { form: PAGE.form, holder: &sealed.holder, tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let policy = request.app.config.password.policy();
    let minimum = policy.map_err(|error| request.internal(&error))?.minimum();
    let (busy, problem) = match problem {
        Problem::None => (None, None),
        Problem::New(problem) => (None, Some(problem)),
        Problem::Busy => (Some(u64::from(HashPoolError::RETRY_AFTER)), None),
    };
    let page = ResetPasswordPage {
        layout: request.layout_at(&address),
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        account: DisplayText::account(&account.user),
        username: TypedText::new(account.user.username.as_str()),
        new: NewPasswordField { minimum, problem },
        busy,
        request_id: &request.request_id,
    };
    let mut response = page.respond();
    sealed.set_cookie(&mut response);
    Ok(response)
}
