//! `/register`: asks for a letter with a link to an account of one's own. The answer is the same, and as fast, whether the
//! address is on an account already or has got many letters (S81): all that depends on it comes after the answer. `prompt=create`
//! leads here.

use super::letter_form::{self, LetterForm};
use crate::app::App;
use crate::db::DbError;
use crate::http::login::throttle::letters_to;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{LetterFormError, LetterLeadsTo, PageError};
use crate::store::registration::RegistrationRequest;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::mail_address::MailAddress;
use idp_core::time::UnixTime;
use std::sync::Arc;

const PAGE: LetterForm = LetterForm {
    path: path::REGISTER,
    form: "register",
    bucket: "register-from",
    leads_to: LetterLeadsTo::Account,
};

/// GET: the form, unless the person has signed in since the page was made: then it goes on.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    is_open(&request)?;
    let after = PAGE.opened(&request, &request.query_param("tx").unwrap_or_default()).await?;
    // A person who was signed in before may want another account.
    let is_later = |at: UnixTime| at > after.made_at();
    let signed_in = request.signed_in().await?.filter(|found| is_later(found.session.proofs.newest()));
    if signed_in.is_some() {
        return after.advance(&request, signed_in).await?.or_login(&request);
    }
    let hint = after.login_hint().to_owned();
    let typed = MailAddress::parse(&hint).map_or(String::new(), |_| hint);
    PAGE.show(&request, after, &typed, None)
}

/// POST: has the letter written.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    is_open(&request)?;
    let typed = form.field("address");
    let parsed = MailAddress::parse(typed).map_err(|_| match typed.trim().is_empty() {
        true => LetterFormError::Missing,
        false => LetterFormError::Malformed,
    });
    let problem = parsed.as_ref().err().copied();
    PAGE.take(&request, &form, (typed, problem), |sealed| {
        let asked = parsed.ok().map(|address| RegistrationRequest {
            address,
            secret: letter_form::new_secret(),
            way_back: letter_form::way_back(sealed),
            language: request.layout().language,
            from: request.address_text(),
        });
        write(request.app.clone().into_inner(), asked, request.now)
    })
    .await
}

/// There is no such page where people do not open accounts by themselves.
fn is_open(request: &BrowserRequest) -> Result<(), PageError> {
    match request.app.config.takes_registrations() {
        true => Ok(()),
        false => Err(PageError::NotFound),
    }
}

/// What is done beside the answer. Letters to an address count together, from all the pages that send one.
async fn write(app: Arc<App>, asked: Option<RegistrationRequest>, now: UnixTime) -> Result<(), DbError> {
    let Some(asked) = asked else { return Ok(()) };
    if app.store.take_tries(vec![letters_to(&app, &asked.address)], now).await?.is_err() {
        // The link that was sent last stays good.
        return Ok(());
    }
    app.store.request_registration(asked, now).await
}
