//! `/admin/people/password`: a link by which a person chooses a new password, or one that the administrator tells them; and the
//! page that shows it. It comes sealed in the address, as recovery codes do: to the session that had it made, and for minutes.

use super::super::act::{carried, check, done, page_error, problem, token};
use super::super::gate::Administrator;
use super::{account, address_of, page_of};
use crate::directory::generated_password;
use crate::http::account::receipt;
use crate::http::flow::{PeoplePage, PersonPage};
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::people::{AdminNewPasswordPage, AdminPasswordPage};
use crate::page::admin::{AdminAct, AdminProblem, AdminRoom};
use crate::page::{DisplayText, FormSeal, PageError, PageSecurity, action, respond};
use crate::random;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::password::Password;
use idp_core::time::UnixTime;
use idp_core::user::Account;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

/// A password on its way to the page that shows it.
#[derive(Serialize, Deserialize)]
struct Made {
    password: String,
    until: UnixTime,
    /// Whether the person was added with it.
    is_new: bool,
}

/// GET: how they get one.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let account = account(&request, &administrator).await?;
    show(&request, &administrator, &account, None).await
}

/// POST: sends the link, or makes one.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let account = account(&request, &administrator).await?;
    let (by, user, now) = (administrator.administration(&request), account.user.id, request.now);
    let failure = match form.action() {
        action::SEND_LINK => match by.send_password_link(user, now).await {
            Ok(()) => {
                let person = DisplayText::account(&account.user);
                let to = page_of(PersonPage::Show, user);
                return done(&request, &administrator, to, (AdminAct::LinkSent, "", person.as_str()));
            }
            Err(error) => error,
        },
        action::ADD => {
            let password = made(&request)?;
            let text = Zeroizing::new(password.expose().to_owned());
            match by.set_temporary_password(user, password, now).await {
                Ok(until) => return show_new(&request, &administrator, user, (text, until, false)),
                Err(error) => error,
            }
        }
        _ => return Err(PageError::Malformed),
    };
    let problem = problem(&request, failure)?;
    show(&request, &administrator, &account, Some(problem)).await
}

/// A password that nobody knows yet.
pub fn made(request: &BrowserRequest) -> Result<Password, PageError> {
    generated_password::generate(&mut random::rng()).map_err(|error| request.internal(&error))
}

/// Sends the browser to the page that shows it.
pub fn show_new(
    request: &BrowserRequest,
    administrator: &Administrator,
    user: Uuid,
    (password, until, is_new): (Zeroizing<String>, UnixTime, bool),
) -> Result<HttpResponse, PageError> {
    let page = page_of(PersonPage::NewPassword, user).path();
    receipt::show_at(
        request,
        &page,
        &administrator.holder(),
        Made { password: password.to_string(), until, is_new },
    )
}

/// GET: the one that was made.
pub async fn get_new(
    request: BrowserRequest,
    administrator: Administrator,
) -> Result<HttpResponse, PageError> {
    let account = account(&request, &administrator).await?;
    let back = address_of(PeoplePage::Of(PersonPage::Show, account.user.id));
    let page = administrator.page.path();
    let Some(made) = receipt::shown_to::<Made>(&request, &page, &administrator.holder()) else {
        // A bookmark, or later: it is shown once.
        return Ok(see_other(&back));
    };
    let layout = request.layout();
    let page = AdminNewPasswordPage {
        nav: administrator.nav(AdminRoom::People),
        person: DisplayText::account(&account.user),
        username: DisplayText::name(account.user.username.as_str()),
        password: Zeroizing::new(made.password),
        until: layout.language.date(made.until),
        is_new: made.is_new,
        back: &back,
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

async fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    account: &Account,
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    let user = account.user.id;
    let found = administrator.administration(request).devices(user, request.now).await;
    let sessions = found.map_err(|error| page_error(request, error))?.open.len();
    let is_reached = request.app.config.mail.is_on() && account.user.may_prove(request.now);
    let verified = account.addresses.verified().filter(|_| is_reached);
    let tx = carried(administrator.page, &());
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminPasswordPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::People),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        person: DisplayText::account(&account.user),
        letters_to: verified.map(|address| DisplayText::reason(address.as_str())).collect(),
        sessions,
        problem,
        back: &address_of(PeoplePage::Of(PersonPage::Show, user)),
    };
    Ok(page.respond())
}
