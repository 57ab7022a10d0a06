//! `/not-me`: where the link in a letter leads by which a person says that a sign-in or a change was not them. It takes no sign-in,
//! ends what the letter was about, and leads on to another password. The link alone opens no account.

use super::LinkPage;
use crate::http::flow::transaction::Transaction;
use crate::http::flow::{AccountPage, AfterSignIn};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{
    DeviceLine, DisplayText, FormSeal, Layout, NotMePage, NotMeState, PageError, PageSecurity, respond,
};
use crate::seals::FormBinding;
use crate::store::mail_links::{NotMe, OpenedLink};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::user::User;

const PAGE: LinkPage = LinkPage { path: path::NOT_ME, form: "not me" };

/// GET: what would end, and the button; a link in the address of the page is moved out of it.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let visit = match PAGE.open(&request).await? {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let OpenedLink::NotMe { account, what } = visit.link else {
        return Ok(PAGE.void(&request, None));
    };
    request.heed_person(&account.user);
    if matches!(&what, NotMe::SignIn { open, device: None } if open.is_empty()) {
        return lead_on(&request, &account.user, NotMeState::Over);
    }
    let (sealed, at) = PAGE.seal(&request, visit.transaction)?;
    let binding = FormBinding { form: PAGE.form, holder: &sealed.holder, tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let layout = request.layout_at(&at);
    let page = NotMePage {
        seal: FormSeal { post_to: &at, tx: &sealed.tx, csrf: &csrf },
        account: DisplayText::account(&account.user),
        state: asked(&request, &layout, &what),
        password: None,
        layout,
    };
    let mut response = respond(&page, StatusCode::OK, &PageSecurity::own_forms());
    sealed.set_cookie(&mut response);
    Ok(response)
}

/// POST: ends it.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let visit = match PAGE.posted(&request, &form).await? {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let from = request.address_text();
    // On a failure nothing is confirmed, the person is told so, and can try again.
    match request.app.store.end_what_was_not_me(&visit.secret, from, request.now).await? {
        Some((account, was_open)) => {
            request.heed_person(&account.user);
            let state = if was_open { NotMeState::Ended } else { NotMeState::Over };
            lead_on(&request, &account.user, state)
        }
        None => Ok(PAGE.void(&request, None)),
    }
}

fn asked(request: &BrowserRequest, layout: &Layout, what: &NotMe) -> NotMeState {
    match what {
        NotMe::SignIn { open, .. } if open.is_empty() => NotMeState::PastSignIn,
        NotMe::SignIn { open, .. } => {
            let line = |(session, device): &(_, Option<_>)| {
                DeviceLine::new(session, device.as_ref(), layout, request.now)
            };
            NotMeState::SignIn(open.iter().map(line).collect())
        }
        NotMe::Change => NotMeState::Change,
    }
}

/// To another password, by a letter again: the person who opened this link may not know the current one.
fn lead_on(request: &BrowserRequest, user: &User, state: NotMeState) -> Result<HttpResponse, PageError> {
    let mut after = AfterSignIn::Account(Box::new(Transaction::new(AccountPage::Secure, request.now)));
    after.keep_typed(user.username.as_str());
    let sealed = after.seal(request)?;
    let forgot = sealed.address(path::FORGOT_PASSWORD);
    let page = NotMePage {
        layout: request.layout(),
        seal: FormSeal { post_to: path::NOT_ME, tx: "", csrf: "" },
        account: DisplayText::account(user),
        state,
        password: request.app.config.resets_passwords_by_mail().then_some(forgot.as_str()),
    };
    let mut response = respond(&page, StatusCode::OK, &PageSecurity::own_forms());
    sealed.set_cookie(&mut response);
    Ok(response)
}
