//! `/accept-terms`: asks a person who is signed in to accept the terms of use in the version that counts, before the request that
//! they came with goes on. Bound to their session and to that version, so that no one accepts for another person, or what was
//! not on the page.

use super::AfterSignIn;
use super::after_sign_in::NextStep;
use crate::config::AccountDeletion;
use crate::db::audit_events::AuditContext;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{AcceptTermsPage, DisplayText, FormSeal, PageError, action, respond};
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::authentication::{Moment, RequiredAction, Standing};
use idp_core::discovery::path;
use idp_core::terms_version::TermsVersion;
use idp_core::web_link::WebLink;

const FORM: &str = "accept terms";

/// The terms of use that count.
struct Terms<'a> {
    version: &'a TermsVersion,
    at: &'a WebLink,
}

impl<'a> Terms<'a> {
    /// `None` where the operator has no terms to accept.
    fn of(request: &'a BrowserRequest) -> Option<Self> {
        let (version, at) = request.app.config.terms(request.layout().language)?;
        Some(Self { version, at })
    }
}

/// What a person who is signed in has to do before a site gets anything of it.
///
/// # Errors
/// When the database does not answer.
pub async fn required(
    request: &BrowserRequest,
    signed_in: &SignedIn,
) -> Result<Option<RequiredAction>, PageError> {
    let has_terms_to_accept = match Terms::of(request) {
        Some(terms) => {
            !request.app.store.has_accepted_terms(signed_in.user.id, terms.version.clone()).await?
        }
        None => false,
    };
    // No session opens with a temporary password.
    let standing = Standing { has_terms_to_accept, has_temporary_password: false };
    Ok(RequiredAction::due(standing, Moment::InSession))
}

/// GET: asks, unless there is nothing to ask any more: then it goes on.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let tx = request.query_param("tx").unwrap_or_default();
    let (after, _) = AfterSignIn::open(&request, &tx).await?;
    let signed_in = request.signed_in().await?;
    go_on(&request, after, signed_in).await
}

/// POST: the answer.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    if form.tx().is_empty() {
        return Err(PageError::Malformed);
    }
    let (mut after, _) = AfterSignIn::open(&request, form.tx()).await?;
    let (Some(signed_in), Some(terms)) = (request.signed_in().await?, Terms::of(&request)) else {
        // Signed out meanwhile, or there are no terms to accept any more.
        return after.go_to_login(&request);
    };
    if !form.is_bound(&request, FORM, &holder(&signed_in, terms.version)) {
        // A page of another sign-in, or of other terms: they are asked with a page of their own.
        return after.go_to(&request, path::ACCEPT_TERMS);
    }
    after.note_form(after.made_at(), request.now);
    match form.action() {
        action::ACCEPT => {
            accept(&request, &signed_in, terms.version).await?;
            go_on(&request, after, Some(signed_in)).await
        }
        action::SWITCH_ACCOUNT => {
            after.select_account();
            after.forget_progress();
            after.go_to_login(&request)
        }
        _ => after.cancel(&request),
    }
}

async fn accept(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    version: &TermsVersion,
) -> Result<(), PageError> {
    let (user, sid) = (signed_in.user.id, Some(signed_in.session.sid));
    let about = AuditContext { sid, address: Some(request.address_text()), ..AuditContext::default() };
    Ok(request.app.store.accept_terms(user, version.clone(), about, request.now).await?)
}

/// What follows; the question, as long as it is not answered.
async fn go_on(
    request: &BrowserRequest,
    after: AfterSignIn,
    signed_in: Option<SignedIn>,
) -> Result<HttpResponse, PageError> {
    match (after.advance(request, signed_in.clone()).await?, signed_in, Terms::of(request)) {
        (NextStep::Act(after, RequiredAction::AcceptTerms), Some(signed_in), Some(terms)) => {
            show(request, after, &signed_in, &terms).await
        }
        (step, _, _) => step.or_login(request),
    }
}

/// What the form is bound to.
fn holder(signed_in: &SignedIn, version: &TermsVersion) -> String {
    format!("{} {version}", signed_in.session.sid)
}

async fn show(
    request: &BrowserRequest,
    after: AfterSignIn,
    signed_in: &SignedIn,
    terms: &Terms<'_>,
) -> Result<HttpResponse, PageError> {
    let accepted = request.app.store.accepted_terms(signed_in.user.id).await?;
    let (client, security) = (after.label(), after.security());
    let sealed = after.seal(request)?;
    let address = sealed.address(path::ACCEPT_TERMS);
    let binding = FormBinding { form: FORM, holder: &holder(signed_in, terms.version), tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let page = AcceptTermsPage {
        layout: request.layout_at(&address),
        client,
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
        terms: terms.at.clone(),
        version: DisplayText::name(terms.version.as_str()),
        have_changed: !accepted.is_empty(),
        may_delete: request.app.config.account.deletion == AccountDeletion::On,
    };
    let mut response = respond(&page, StatusCode::OK, &security);
    sealed.set_cookie(&mut response);
    Ok(response)
}
