//! `/end-session` (OpenID Connect RP-Initiated Logout 1.0) and the confirmation behind it. A GET ends a session
//! only when a genuine ID token of that very session comes with it and a person navigated here; anything else
//! is asked about first.

use crate::db::audit_events::AuditContext;
use crate::http::account::receipt;
use crate::http::request::browser_request::see_other;
use crate::http::request::failure::refused_request;
use crate::http::request::{BrowserRequest, PageForm, cookies, form};
use crate::page::{
    ClientLabel, DisplayText, FormSeal, LoggedOutPage, LogoutPage, PageError, PageSecurity,
    StillSignedInPage, action, respond,
};
use crate::seals::FormBinding;
use crate::store::revoke::Target;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::web::Payload;
use idp_core::authorize::ui_locales;
use idp_core::client::{Client, ClientId};
use idp_core::discovery::path;
use idp_core::logout::{AfterLogout, LogoutDecision, LogoutHint, decide};
use idp_core::params::Params;
use idp_core::session::EndCause;
use idp_core::token::{Audience, read_id_token_hint};
use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;

const FORM: &str = "logout";
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// For so many seconds a posted log-out is a wish of this moment. Its address stays in the history; opened from there it
/// is asked about.
const WISH_SECONDS: i64 = 60;

/// GET: the client's request, in the query, or a posted one that is resumed.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let params = form::query(&request.http);
    let params = params.map_err(|_| refused_request("query", "the query cannot be read"))?;
    match params.once("tx").ok().flatten() {
        Some(tx) => {
            let (params, is_wish) = Posted::open(&request, tx);
            end_session(&request, &params, is_wish).await
        }
        None => end_session(&request, &params, true).await,
    }
}

/// POST: the client's request, in the body. It comes from another site, so the browser sent no session cookie;
/// the GET it is sent on to has one, and carries the request sealed.
pub async fn post(request: BrowserRequest, payload: Payload) -> Result<HttpResponse, PageError> {
    let params = form::read(&request.http, &mut payload.into_inner()).await;
    let params = params.map_err(|_| refused_request("body", "the form cannot be read"))?;
    let pairs = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let tx = request.app.seals().logout.close(&Posted { pairs, at: request.now }, "posted")?;
    let query: String = byte_serialize(tx.as_bytes()).collect();
    Ok(see_other(&format!("{}?tx={query}", path::END_SESSION)))
}

/// POST of our own confirmation page.
pub async fn confirmed(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let after = request.app.seals().logout.open::<AfterLogout>(form.tx(), "confirm");
    let after =
        after.ok_or(if form.tx().is_empty() { PageError::Malformed } else { PageError::Forbidden })?;
    let Some(signed_in) = request.signed_in().await? else {
        // Signed out meanwhile, in another tab.
        return out_already(&request, &after).await;
    };
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    match form.action() {
        action::CANCEL => Ok(stay(&request, &signed_in)),
        _ => end_now(&request, &signed_in, &after).await,
    }
}

/// The person stays signed in. Not back to the client: it would take that for a log-out (section 3).
fn stay(request: &BrowserRequest, signed_in: &SignedIn) -> HttpResponse {
    let account = DisplayText::account(&signed_in.user);
    let page = StillSignedInPage { layout: request.layout(), account };
    respond(&page, StatusCode::OK, &PageSecurity::own_forms())
}

/// GET `/logged-out`: nothing else to show. To a person who is signed in it says that.
pub async fn logged_out(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    if let Some(signed_in) = request.signed_in().await? {
        return Ok(stay(&request, &signed_in));
    }
    let receipt = receipt::shown_to(&request, path::LOGGED_OUT, &receipt::browser_holder(&request));
    let page = LoggedOutPage { layout: request.layout(), receipt };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// GET of the address that our confirmation page posts to: the question again.
pub async fn ask_again() -> HttpResponse {
    see_other(path::END_SESSION)
}

/// `is_wish` says whether the person has just asked for it.
async fn end_session(
    request: &BrowserRequest,
    params: &Params,
    is_wish: bool,
) -> Result<HttpResponse, PageError> {
    request.heed_client(&params.once("ui_locales").ok().flatten().map(ui_locales).unwrap_or_default());
    let hint = params.once("id_token_hint").ok().flatten().and_then(|token| read_hint(request, token));
    let client = match &hint {
        Some(hint) => request.app.store.registered_client(&hint.client_id).await?,
        None => None,
    };
    let signed_in = request.signed_in().await?;
    let session = signed_in.as_ref().map(|found| &found.session);
    match (decide(params, hint.as_ref(), client.as_deref(), session), signed_in) {
        (LogoutDecision::EndNow(after), Some(signed_in)) if is_wish && is_navigation(request) => {
            end_now(request, &signed_in, &after).await
        }
        (LogoutDecision::EndNow(after) | LogoutDecision::Confirm(after), Some(signed_in)) => {
            confirm(request, &signed_in, client.as_deref(), &after)
        }
        (
            LogoutDecision::EndNow(after)
            | LogoutDecision::Confirm(after)
            | LogoutDecision::AlreadyOut(after),
            _,
        ) => out_already(request, &after).await,
    }
}

/// Whether a person came here, as far as the browser says: an image or a frame is not a wish to sign out.
fn is_navigation(request: &BrowserRequest) -> bool {
    let destination = request.http.headers().get(SEC_FETCH_DEST);
    destination.is_none_or(|destination| destination == "document")
}

/// On a failure the person is still signed in, is told so, and can try again.
async fn end_now(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    after: &AfterLogout,
) -> Result<HttpResponse, PageError> {
    let about = AuditContext {
        user: Some(signed_in.user.id),
        client: after.client_id.as_ref().map(ToString::to_string),
        sid: Some(signed_in.session.sid),
        address: Some(request.address_text()),
        ..AuditContext::default()
    };
    let target = Target::Session(signed_in.session.sid);
    request.app.store.revoke(target, EndCause::LoggedOut, about, request.now).await?;
    Ok(leave(after))
}

/// The person may have been told to try again because the end of their session was stored but not yet published.
async fn out_already(request: &BrowserRequest, after: &AfterLogout) -> Result<HttpResponse, PageError> {
    request.app.store.publish(request.now).await?;
    Ok(leave(after))
}

/// The session is over here. Leaves to the client if it may be gone to, else to our own page.
fn leave(after: &AfterLogout) -> HttpResponse {
    let mut response = match &after.redirect {
        Some(url) => see_other(url),
        None => see_other(path::LOGGED_OUT),
    };
    cookies::clear_session(&mut response);
    response
}

fn confirm(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    client: Option<&Client>,
    after: &AfterLogout,
) -> Result<HttpResponse, PageError> {
    let tx = request.app.seals().logout.close(after, "confirm")?;
    let binding = FormBinding { form: FORM, holder: &holder(signed_in), tx: &tx };
    let csrf = request.app.seals().form_token(&binding);
    let page = LogoutPage {
        layout: request.layout(),
        client: client.map(|client| ClientLabel::of(client, after.redirect.as_deref())),
        seal: FormSeal { post_to: path::LOGOUT, tx: &tx, csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::forms_may_reach(after.redirect.as_deref())))
}

/// What the confirmation is bound to: the session it was asked about.
fn holder(signed_in: &SignedIn) -> String {
    signed_in.session.sid.to_string()
}

fn read_hint(request: &BrowserRequest, token: &str) -> Option<LogoutHint> {
    let claims =
        read_id_token_hint(token, &request.app.keys.ring(), request.app.issuer(), request.now).ok()?;
    let Audience::One(client) = &claims.aud else {
        return None;
    };
    Some(LogoutHint { client_id: ClientId::parse(client).ok()?, sid: claims.sid.parse().ok()? })
}

/// A posted request on its way to the GET.
#[derive(Serialize, Deserialize)]
struct Posted {
    pairs: Vec<(String, String)>,
    at: idp_core::time::UnixTime,
}

impl Posted {
    /// What was posted, and whether that was a moment ago.
    fn open(request: &BrowserRequest, tx: &str) -> (Params, bool) {
        let Some(posted) = request.app.seals().logout.open::<Self>(tx, "posted") else {
            return (Params::default(), false);
        };
        (Params::new(posted.pairs), request.now.seconds_since(posted.at) <= WISH_SECONDS)
    }
}
