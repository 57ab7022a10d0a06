//! `/account/secure`: "this was not me". One form signs the person out everywhere else; the page then leads on to the
//! password and the ways to sign in, each behind its own gate. Needs a session and no fresh sign-in: it ends no more
//! than the page of devices does, and a person in a hurry must not be held up.

use super::gate::Admitted;
use super::{holder, keep_known, receipt};
use crate::clock::Stopwatch;
use crate::db::audit_events::AuditContext;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{DisplayText, FormSeal, PageError, PageSecurity, SecurePage, action, respond};
use crate::seals::FormBinding;
use crate::store::devices::{Actor, SessionSelector, SignOut};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;

const FORM: &str = "secure";

/// GET: the steps.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    let holder = holder(&signed_in);
    let csrf = request.app.seals().form_token(&FormBinding { form: FORM, holder: &holder, tx: "" });
    let page = SecurePage {
        layout: request.layout(),
        seal: FormSeal { post_to: path::SECURE, tx: "", csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
        receipt: receipt::shown_to(&request, path::SECURE, &holder),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// POST: the first of them.
pub async fn post(
    request: BrowserRequest,
    admitted: Admitted,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    if form.action() != action::OTHERS {
        return Err(PageError::NotFound);
    }
    let (store, here, since) = (&request.app.store, signed_in.session.sid, Stopwatch::start());
    let by = Actor::Person(here);
    let about = AuditContext { address: Some(request.address_text()), ..AuditContext::default() };
    let others = SessionSelector::OthersThan(here);
    // On a failure nothing is confirmed, the person is told so, and can try again.
    let ended = match store.sign_out(signed_in.user.id, others, by, about, request.now).await? {
        SignOut::Ended(ended) => ended,
        // Another request ended this sign-in at the same moment.
        SignOut::AlreadyOut | SignOut::NotFound => return Ok(see_other(path::SECURE)),
    };
    let reached = store.wait_for_confirmations(&ended, since, request.now).await;
    let done = receipt::of_devices(&request, &ended, reached);
    let mut response = receipt::show_at(&request, path::SECURE, &holder(&signed_in), done)?;
    keep_known(&request, &signed_in.user, &mut response).await?;
    Ok(response)
}
