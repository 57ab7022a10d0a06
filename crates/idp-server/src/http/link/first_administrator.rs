//! `/first-administrator`: where the link leads that a first start prints, or that an operator asked for at the console
//! (ADR 67). A person who is signed in takes the role; everybody else opens an account that has it.

use super::create_account::{Entered, counted, note_problem, proven, typed_password};
use super::{LinkPage, Opened};
use crate::db::audit_events::AuditContext;
use crate::directory::administrators::OwnAdministrator;
use crate::directory::registration::OwnAccountOutcome;
use crate::http::flow::{AccountPage, AdminPage, AfterSignIn};
use crate::http::login::password::VerifiedPassword;
use crate::http::login::session_start;
use crate::http::login::throttle::work_of;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{
    BecomeAdministratorPage, CreateAccountPage, DisplayText, FormSeal, NewPasswordField, PageError,
    PageSecurity, TypedText, UsernameField, UsernameProblem, VoidLink, VoidLinkPage, action, respond,
};
use crate::seals::FormBinding;
use crate::store::administrators::OpenedAdministratorLink;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::secret::Secret;
use idp_core::user::{SignInName, User};
use idp_core::username::Username;

const PAGE: LinkPage = LinkPage { path: path::FIRST_ADMINISTRATOR, form: "first administrator" };
/// The form by which the account in use gets the role: bound to the session, so that it is never another account that does.
const ROLE: &str = "become administrator";

/// GET: the page; a link in its address is moved out of it.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    match PAGE.open_secret(&request)? {
        Ok(opened) => show(&request, opened, &Entered::default()).await,
        Err(answer) => Ok(answer),
    }
}

/// POST: takes the role, or opens an account that has it.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    if form.action() == action::ACCEPT {
        return take_role(&request, &form).await;
    }
    let (transaction, secret) = match PAGE.posted_secret(&request, &form)? {
        Ok(opened) => opened,
        Err(answer) => return Ok(answer),
    };
    let mut entered = Entered::read(&form, false);
    match request.app.store.open_administrator_link(&secret, request.now).await? {
        OpenedAdministratorLink::Good => {
            // Else there is a problem, or the link was used at this moment, by this form perhaps.
            if let Some(verified) = open(&request, &form, &secret, &mut entered).await? {
                return go_on(&request, &form, verified).await;
            }
        }
        OpenedAdministratorLink::Used(user) => {
            if let Some(verified) = proven(&request, &form, &user).await? {
                return go_on(&request, &form, verified).await;
            }
        }
        OpenedAdministratorLink::Void => {}
    }
    show(&request, (transaction, secret), &entered).await
}

async fn take_role(request: &BrowserRequest, form: &PageForm) -> Result<HttpResponse, PageError> {
    let (_, secret) = match PAGE.resume(request, form.tx()) {
        Ok(opened) => opened,
        Err(answer) => return Ok(answer),
    };
    let signed_in = request.signed_in().await?;
    let is_bound = |found: &SignedIn| form.is_bound(request, ROLE, &found.session.sid.to_string());
    let signed_in = signed_in.filter(is_bound).ok_or(PageError::Forbidden)?;
    let user = signed_in.user.id;
    let about = AuditContext {
        sid: Some(signed_in.session.sid),
        address: Some(request.address_text()),
        ..AuditContext::default()
    };
    if request.app.store.become_administrator(&secret, user, about, request.now).await? {
        return Ok(see_other(path::ADMIN));
    }
    // Used, by this very form perhaps.
    match request.app.store.open_administrator_link(&secret, request.now).await? {
        OpenedAdministratorLink::Used(by) if by.id == user => Ok(see_other(path::ADMIN)),
        _ => Ok(PAGE.void(request, None)),
    }
}

/// The password of the account that was opened by this form. `None` says that it was not: `entered` says why, or the link is not
/// what it was.
async fn open(
    request: &BrowserRequest,
    form: &PageForm,
    secret: &Secret,
    entered: &mut Entered,
) -> Result<Option<VerifiedPassword>, PageError> {
    let password = typed_password(form, entered);
    if entered.username.is_empty() {
        entered.username_problem = Some(UsernameProblem::Missing);
    }
    let username = Username::parse(&entered.username).ok();
    let (Some(password), Some(username), false) = (password, username, entered.is_with_problem()) else {
        return Ok(None);
    };
    if !counted(request, &secret.hash().to_string(), entered).await? {
        return Ok(None);
    }
    let work = work_of(request, Some(&SignInName::from(&username)), None);
    let own = OwnAdministrator {
        name: entered.name.clone().unwrap_or_default(),
        username,
        language: request.layout().language,
        password,
    };
    let (directory, by) = (request.app.directory(), (&work, request.address_text()));
    match directory.open_administrator_account(secret, own, by, request.now).await {
        Ok(OwnAccountOutcome::Opened { user, hash }) => Ok(Some(VerifiedPassword::just_set(user, hash))),
        outcome => note_problem(request, outcome, entered).map(|()| None),
    }
}

/// Signs the person in, through what the installation asks of them first.
async fn go_on(
    request: &BrowserRequest,
    form: &PageForm,
    verified: VerifiedPassword,
) -> Result<HttpResponse, PageError> {
    let after = AfterSignIn::to_page(AccountPage::Admin(AdminPage::Overview), request.now);
    let former = request.signed_in().await?;
    session_start::start(request, after, former, form.tx(), verified).await
}

async fn show(
    request: &BrowserRequest,
    opened: Opened,
    entered: &Entered,
) -> Result<HttpResponse, PageError> {
    let signed_in = request.signed_in().await?;
    match (request.app.store.open_administrator_link(&opened.1, request.now).await?, signed_in) {
        (OpenedAdministratorLink::Void, _) => Ok(PAGE.void(request, None)),
        (OpenedAdministratorLink::Used(user), signed_in) => Ok(used(request, &user, signed_in.as_ref())),
        (OpenedAdministratorLink::Good, Some(signed_in)) => ask(request, opened, &signed_in),
        (OpenedAdministratorLink::Good, None) => show_form(request, opened, entered),
    }
}

/// A person who is signed in with the account goes on, and everybody else signs in first.
fn used(request: &BrowserRequest, user: &User, signed_in: Option<&SignedIn>) -> HttpResponse {
    if signed_in.is_some_and(|found| found.user.id == user.id) {
        return see_other(path::ADMIN);
    }
    let page = VoidLinkPage {
        layout: request.layout(),
        cause: VoidLink::OfAdministrator,
        again: None,
        sign_in: Some(path::ADMIN),
    };
    respond(&page, StatusCode::GONE, &PageSecurity::own_forms())
}

fn ask(
    request: &BrowserRequest,
    (transaction, _): Opened,
    signed_in: &SignedIn,
) -> Result<HttpResponse, PageError> {
    let (sealed, address) = PAGE.seal(request, transaction)?;
    let holder = signed_in.session.sid.to_string();
    let csrf = request.app.seals().form_token(&FormBinding { form: ROLE, holder: &holder, tx: &sealed.tx });
    let page = BecomeAdministratorPage {
        layout: request.layout_at(&address),
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
    };
    let mut response = respond(&page, StatusCode::OK, &PageSecurity::own_forms());
    sealed.set_cookie(&mut response);
    Ok(response)
}

fn show_form(
    request: &BrowserRequest,
    (transaction, _): Opened,
    entered: &Entered,
) -> Result<HttpResponse, PageError> {
    let (sealed, address) = PAGE.seal(request, transaction)?;
    let binding = FormBinding { form: PAGE.form, holder: &sealed.holder, tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let policy = request.app.config.password.policy();
    let minimum = policy.map_err(|error| request.internal(&error))?.minimum();
    let layout = request.layout_at(&address);
    let page = CreateAccountPage {
        terms: request.app.config.terms(layout.language).map(|(_, link)| link.clone()),
        layout,
        client: None,
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        address: None,
        name: TypedText::new(entered.name.as_deref().unwrap_or_default()),
        name_problem: entered.name_problem.clone(),
        username: UsernameField::Chosen(TypedText::new(&entered.username)),
        username_problem: entered.username_problem,
        new: NewPasswordField { minimum, problem: entered.password_problem },
        wait: entered.wait,
        request_id: &request.request_id,
    };
    let mut response = page.respond(&PageSecurity::own_forms());
    sealed.set_cookie(&mut response);
    Ok(response)
}
