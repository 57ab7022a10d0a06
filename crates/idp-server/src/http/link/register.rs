//! `/register`: asks for a letter with a link to an account of one's own. The answer is the same, and as fast, whether the
//! address is on an account already or has got many letters (S81): all that depends on it comes after the answer. `prompt=create`
//! leads here.

use super::letter_form::{self, BUSY, LetterForm};
use crate::app::App;
use crate::db::DbError;
use crate::http::flow::AfterSignIn;
use crate::http::login::throttle::letters_to;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{FormSeal, LetterFormError, LetterLeadsTo, PageError, RegisterPage, TypedText};
use crate::seals::FormBinding;
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
    let after = opened(&request, &request.query_param("tx").unwrap_or_default()).await?;
    // A person who was signed in before may want another account.
    let is_later = |at: UnixTime| at > after.made_at();
    let signed_in = request.signed_in().await?.filter(|found| is_later(found.session.proofs.newest()));
    if signed_in.is_some() {
        return after.advance(&request, signed_in).await?.or_login(&request);
    }
    let hint = after.login_hint().to_owned();
    let typed = MailAddress::parse(&hint).map_or(String::new(), |_| hint);
    show(&request, after, &typed, None)
}

/// POST: has the letter written.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let mut after = opened(&request, form.tx()).await?;
    let typed = form.field("address");
    let parsed = MailAddress::parse(typed).map_err(|_| match typed.trim().is_empty() {
        true => LetterFormError::Missing,
        false => LetterFormError::Malformed,
    });
    if let Some(error) = PAGE.refusal(&request, &form, parsed.as_ref().err().copied()).await? {
        return show(&request, after, typed, Some(error));
    }
    let Ok(address) = parsed else {
        return show(&request, after, typed, Some(LetterFormError::Malformed));
    };
    after.keep_typed(typed);
    let sealed = after.seal(&request)?;
    let asked = RegistrationRequest {
        address,
        secret: letter_form::new_secret(),
        way_back: letter_form::way_back(&sealed),
        language: request.layout().language,
        from: request.address_text(),
    };
    if !PAGE.begin(&request, write(request.app.clone().into_inner(), asked, request.now)) {
        return show(&request, opened(&request, form.tx()).await?, typed, Some(BUSY));
    }
    Ok(PAGE.sent(&request, &sealed, typed))
}

async fn opened(request: &BrowserRequest, tx: &str) -> Result<AfterSignIn, PageError> {
    match request.app.config.takes_registrations() {
        true => PAGE.opened(request, tx).await,
        false => Err(PageError::NotFound),
    }
}

/// What is done beside the answer. Letters to an address count together, from all the pages that send one.
async fn write(app: Arc<App>, asked: RegistrationRequest, now: UnixTime) -> Result<(), DbError> {
    if app.store.take_tries(vec![letters_to(&app, &asked.address)], now).await?.is_err() {
        // The link that was sent last stays good.
        return Ok(());
    }
    app.store.request_registration(asked, now).await
}

fn show(
    request: &BrowserRequest,
    mut after: AfterSignIn,
    typed: &str,
    error: Option<LetterFormError>,
) -> Result<HttpResponse, PageError> {
    if error.is_some() {
        after.keep_typed(typed);
    }
    let client = after.label();
    let sealed = after.seal(request)?;
    let binding = FormBinding { form: PAGE.form, holder: &sealed.holder, tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let address = sealed.address(path::REGISTER);
    let page = RegisterPage {
        layout: request.layout_at(&address),
        client,
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        address: TypedText::new(typed),
        error,
        back: &sealed.address(path::LOGIN),
        request_id: &request.request_id,
    };
    let mut response = page.respond();
    sealed.set_cookie(&mut response);
    Ok(response)
}
