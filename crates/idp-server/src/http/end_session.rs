//! `/end-session` (OpenID Connect RP-Initiated Logout 1.0) and the confirmation behind it. A GET ends a session
//! only when a genuine ID token of that very session comes with it and a person navigated here; anything else
//! is asked about first.

use crate::db::DbError;
use crate::db::audit_events::About;
use crate::http::page_form::PageForm;
use crate::http::transaction::see_other;
use crate::http::visit::{self, Visit};
use crate::http::{cookies, devices, failure, form};
use crate::page::{
    FormSeal, LoggedOutPage, LogoutPage, PageSecurity, StillSignedInPage, Trouble, action, respond,
};
use crate::seals::FormBinding;
use crate::store::revoke::Target;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::web::Payload;
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
/// A log-out that came by POST is resumed by GET within this many seconds.
const RESUME_SECONDS: i64 = 60;

/// GET: the client's request, in the query, or a posted one that is resumed.
pub async fn get(visit: Visit) -> HttpResponse {
    match form::query(&visit.request) {
        Ok(params) => match params.once("tx").ok().flatten() {
            Some(tx) => end_session(&visit, &Posted::open(&visit, tx)).await,
            None => end_session(&visit, &params).await,
        },
        Err(_) => failure::client_request_page(&visit.request, "query", "the query cannot be read"),
    }
}

/// POST: the client's request, in the body. It comes from another site, so the browser sent no session cookie;
/// the GET it is sent on to has one, and carries the request sealed.
pub async fn post(visit: Visit, payload: Payload) -> HttpResponse {
    let Ok(params) = form::read(&visit.request, &mut payload.into_inner()).await else {
        return failure::client_request_page(&visit.request, "body", "the form cannot be read");
    };
    let pairs = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    match visit.app.seals.logout.close(&Posted { pairs, at: visit.now }, "posted") {
        Ok(tx) => see_other(&format!(
            "{}?tx={}",
            path::END_SESSION,
            byte_serialize(tx.as_bytes()).collect::<String>()
        )),
        Err(error) => failure::internal_page(&visit.request, &error),
    }
}

/// POST of our own confirmation page.
pub async fn confirmed(visit: Visit, form: PageForm) -> HttpResponse {
    let Some(after) = visit.app.seals.logout.open::<AfterLogout>(form.tx(), "confirm") else {
        return failure::page(&visit.request, Trouble::Expired);
    };
    let signed_in = match visit.signed_in().await {
        Ok(Some(signed_in)) => signed_in,
        // Signed out meanwhile, in another tab.
        Ok(None) => return out_already(&visit, &after).await,
        Err(error) => return failure::db_page(&visit.request, &error),
    };
    if !form.is_bound(&visit, FORM, &holder(&signed_in)) {
        return failure::page(&visit.request, Trouble::Forbidden);
    }
    match form.action() {
        action::CANCEL => stay(&visit, &signed_in),
        _ => end_now(&visit, &signed_in, &after).await,
    }
}

/// The person stays signed in. Not back to the client: it would take that for a log-out (section 3).
fn stay(visit: &Visit, signed_in: &SignedIn) -> HttpResponse {
    let page = StillSignedInPage { frame: visit.app.frame(), account: visit::account(&signed_in.user) };
    respond(&page, StatusCode::OK, &PageSecurity::own_forms())
}

/// GET `/logged-out`: nothing else to show.
pub async fn logged_out(visit: Visit) -> HttpResponse {
    let page = LoggedOutPage {
        frame: visit.app.frame(),
        back: None,
        receipt: devices::receipt(&visit, &devices::device_holder(&visit)),
    };
    respond(&page, StatusCode::OK, &PageSecurity::own_forms())
}

async fn end_session(visit: &Visit, params: &Params) -> HttpResponse {
    let hint = params.once("id_token_hint").ok().flatten().and_then(|token| read_hint(visit, token));
    let (client, signed_in) = match load(visit, hint.as_ref()).await {
        Ok(found) => found,
        Err(error) => return failure::db_page(&visit.request, &error),
    };
    let session = signed_in.as_ref().map(|found| &found.session);
    match (decide(params, hint.as_ref(), client.as_ref(), session), signed_in) {
        (LogoutDecision::EndNow(after), Some(signed_in)) if is_navigation(visit) => {
            end_now(visit, &signed_in, &after).await
        }
        (LogoutDecision::EndNow(after) | LogoutDecision::Confirm(after), Some(signed_in)) => {
            confirm(visit, &signed_in, client.as_ref(), &after)
        }
        (
            LogoutDecision::EndNow(after)
            | LogoutDecision::Confirm(after)
            | LogoutDecision::AlreadyOut(after),
            _,
        ) => out_already(visit, &after).await,
    }
}

/// Whether a person came here, as far as the browser says: an image or a frame is not a wish to sign out.
fn is_navigation(visit: &Visit) -> bool {
    let destination = visit.request.headers().get(SEC_FETCH_DEST);
    destination.is_none_or(|destination| destination == "document")
}

async fn end_now(visit: &Visit, signed_in: &SignedIn, after: &AfterLogout) -> HttpResponse {
    let about = About {
        user: Some(signed_in.user.id),
        client: after.client_id.as_ref().map(ToString::to_string),
        sid: Some(signed_in.session.sid),
        address: Some(visit.address_text()),
        detail: None,
    };
    let target = Target::Session(signed_in.session.sid);
    match visit.app.store.revoke(target, EndCause::LoggedOut, about, visit.now).await {
        Ok(_) => go_on(after),
        // Still signed in, and told so: the person can try again.
        Err(error) => failure::db_page(&visit.request, &error),
    }
}

/// The person may have been told to try again because the end of their session was stored but not yet published.
async fn out_already(visit: &Visit, after: &AfterLogout) -> HttpResponse {
    match visit.app.store.publish(visit.now).await {
        Ok(()) => go_on(after),
        Err(error) => failure::db_page(&visit.request, &error),
    }
}

/// The session is over here. Leaves: to the client if it may be gone to, else to our own page.
fn go_on(after: &AfterLogout) -> HttpResponse {
    let mut response = match &after.redirect {
        Some(url) => see_other(url),
        None => see_other(path::LOGGED_OUT),
    };
    cookies::clear_session(&mut response);
    response
}

fn confirm(
    visit: &Visit,
    signed_in: &SignedIn,
    client: Option<&Client>,
    after: &AfterLogout,
) -> HttpResponse {
    let tx = match visit.app.seals.logout.close(after, "confirm") {
        Ok(tx) => tx,
        Err(error) => return failure::internal_page(&visit.request, &error),
    };
    let binding = FormBinding { form: FORM, holder: &holder(signed_in), tx: &tx };
    let csrf = visit.app.seals.form_token(&binding);
    let page = LogoutPage {
        frame: visit.app.frame(),
        client: client.map(|client| visit::label(client, after.redirect.as_deref())),
        seal: FormSeal { post_to: path::LOGOUT, tx: &tx, csrf: &csrf },
        account: visit::account(&signed_in.user),
    };
    respond(&page, StatusCode::OK, &PageSecurity::forms_may_reach(after.redirect.as_deref()))
}

/// What the confirmation is bound to: the session it was asked about.
fn holder(signed_in: &SignedIn) -> String {
    signed_in.session.sid.to_string()
}

fn read_hint(visit: &Visit, token: &str) -> Option<LogoutHint> {
    let claims = read_id_token_hint(token, &visit.app.keys.ring(), visit.app.issuer(), visit.now).ok()?;
    let Audience::One(client) = &claims.aud else {
        return None;
    };
    Some(LogoutHint { client_id: ClientId::parse(client).ok()?, sid: claims.sid.parse().ok()? })
}

async fn load(
    visit: &Visit,
    hint: Option<&LogoutHint>,
) -> Result<(Option<Client>, Option<SignedIn>), DbError> {
    let client = match hint {
        Some(hint) => visit.app.store.client(hint.client_id.clone()).await?,
        None => None,
    };
    Ok((client, visit.signed_in().await?))
}

/// A posted request on its way to the GET.
#[derive(Serialize, Deserialize)]
struct Posted {
    pairs: Vec<(String, String)>,
    at: idp_core::time::UnixTime,
}

impl Posted {
    fn open(visit: &Visit, tx: &str) -> Params {
        let posted: Option<Self> = visit.app.seals.logout.open(tx, "posted");
        let fresh = posted.filter(|posted| visit.now.seconds_since(posted.at) <= RESUME_SECONDS);
        Params::new(fresh.map(|posted| posted.pairs).unwrap_or_default())
    }
}
