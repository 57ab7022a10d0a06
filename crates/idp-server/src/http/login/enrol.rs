//! The page that leads a person to set up a second factor: a client demands a class of sign-in that they cannot reach yet, or
//! the installation asks them for one. Setting it up is the page's of that factor, which comes back into the same request.

use super::form::FORM;
use crate::http::flow::AfterSignIn;
use crate::http::request::BrowserRequest;
use crate::page::{DisplayText, EnrolPage, FormSeal, PageError, respond};
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::authentication::{Enrolment, Factor};
use idp_core::discovery::path;

/// Shows it. For a person who may put it off, the time that they have begins with the first time.
///
/// # Errors
/// When the store does not answer, or it cannot be sealed.
pub async fn show(
    request: &BrowserRequest,
    after: AfterSignIn,
    signed_in: &SignedIn,
    enrolment: Enrolment,
) -> Result<HttpResponse, PageError> {
    let (user, now) = (&signed_in.user, request.now);
    let was_asked = user.second_factor.asked_at.is_some_and(|at| !at.is_ahead_of(now));
    if enrolment.may_wait_until.is_some() && !was_asked {
        request.app.store.note_asked_for_second_factor(user.id, now).await?;
    }
    let (client, security) = (after.label(), after.security());
    let may_cancel = matches!(after, AfterSignIn::Client { .. });
    let sealed = after.seal(request)?;
    let binding = FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let address = sealed.address(path::LOGIN);
    let layout = request.layout_at(&address);
    let offers = |factor| request.app.config.authentication.methods.offer(factor);
    let add_totp = offers(Factor::Totp).then(|| sealed.address(path::TOTP));
    let has_passkeys = offers(Factor::Passkey) && request.app.relying_party().is_some();
    let add_passkey = has_passkeys.then(|| sealed.address(path::PASSKEY));
    let page = EnrolPage {
        client,
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        account: DisplayText::account(user),
        asked_by: enrolment.asked_by,
        may_wait_until: enrolment.may_wait_until.map(|until| layout.language.date(until)),
        add_totp: add_totp.as_deref(),
        add_passkey: add_passkey.as_deref(),
        may_cancel,
        layout,
    };
    let mut response = respond(&page, StatusCode::OK, &security);
    sealed.set_cookie(&mut response);
    Ok(response)
}

/// The person puts it off. Whether they may is decided where they go on.
///
/// # Errors
/// When the store does not answer.
pub async fn put_off(
    request: &BrowserRequest,
    mut after: AfterSignIn,
    signed_in: Option<SignedIn>,
) -> Result<HttpResponse, PageError> {
    after.note_form(after.made_at(), request.now);
    if let Some(signed_in) = &signed_in {
        after.put_off(signed_in);
    }
    after.advance(request, signed_in).await?.or_login(request)
}
