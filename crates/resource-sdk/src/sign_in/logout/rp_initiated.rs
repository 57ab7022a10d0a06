//! Signing out: the site forgets first, then the browser goes to the provider, which ends the session
//! there, and comes back. `POST <mount>/logout` and `GET <mount>/logged-out`; `GET <mount>/logout` asks.
//! OpenID Connect RP-Initiated Logout 1.0; RFC 7009.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::Cookie,
    web::{Data, Form},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use crate::sign_in::{
    SignIn,
    browser::{
        error_page,
        locale::Locale,
        query::QueryParams,
        redirect::{add_cookies, go_to, redirect},
        request_origin::{self, RequestOrigin},
    },
    grant::stored_grant::StoredGrant,
    login::{browser_binding::Binding, silent_marker},
    memory::end_causes::EndCause,
    provider::token_endpoint,
    session::session_cookie::Session,
    site::Site,
};

/// Where the sealed `state` of a sign-out belongs.
const STATE_PLACE: &str = "sign-out state";
/// Octets of a target: sealed and encoded, it stands beside an ID token in one address.
const MAX_RETURN_TO: usize = 512;

/// The fields of a log-out form.
#[derive(Deserialize)]
pub(crate) struct LogoutForm {
    #[serde(default)]
    csrf_token: String,
    return_to: Option<String>,
}

/// What travels to the provider and back: sealed, so that an attacker cannot choose the target. It has no
/// age: a path of this site opens nothing, however long the person took at the provider's page.
#[derive(Serialize, Deserialize)]
struct State {
    /// A path, or the name of a long one.
    return_to: String,
}

/// Signs out in server-rendered mode: a form of one of the site's own pages.
pub(crate) async fn by_form(
    request: HttpRequest,
    sign_in: Data<SignIn>,
    form: Result<Form<LogoutForm>, actix_web::Error>,
) -> HttpResponse {
    let (site, locale) = (&sign_in.0, sign_in.0.locale(&request));
    let Ok(Form(form)) = form else {
        return error_page::forbidden(&locale, &site.path("/logout"));
    };
    let Some(session) = Session::of_request(site, &request) else {
        return redirect(&site.path("/logged-out")).finish();
    };
    let is_foreign = request_origin::classify(&request, &site.origin()) == RequestOrigin::Other;
    if is_foreign || !site.sealer.is_form_token(&session.grant.id, &form.csrf_token) {
        return error_page::forbidden(&locale, &site.path("/logout"));
    }
    site.spent_sessions.mark_spent(&session.grant.id);
    site.end_causes.record_local(&session.grant.id, EndCause::LOGGED_OUT);
    let location = leave(site, &session.grant, form.return_to.as_deref(), &locale).await;
    let mut response = redirect(&location).cookie(Session::removal(site)).finish();
    add_cookies(&mut response, [silent_marker::marker(site)].into_iter().chain(afresh(site, &request)));
    response
}

/// A browser that signs out kept its session; how often it signed in counts for nothing.
fn afresh(site: &Site, request: &HttpRequest) -> Option<Cookie<'static>> {
    let binding = Binding::all_of(request, &site.cookies, &site.sealer).into_iter().next()?;
    binding.afresh().cookie(&site.cookies, &site.sealer).ok()
}

/// Asks a person who came to the address of the log-out form: after an error, by Back, with a bookmark. A
/// link signs no one out.
pub(crate) async fn ask(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let (site, locale) = (&sign_in.0, sign_in.0.locale(&request));
    let Some(session) = Session::of_request(site, &request) else {
        return go_to(&locale, &site.after_sign_out, []);
    };
    let endpoints = site.provider.endpoints().await.ok();
    let provider = endpoints.and_then(|endpoints| endpoints.end_session.as_ref().map(Url::origin));
    let provider = provider.map(|origin| origin.ascii_serialization()).unwrap_or_default();
    let csrf_token = site.sealer.form_token(&session.grant.id);
    error_page::sign_out(&locale, &site.path("/logout"), &csrf_token, &provider)
}

/// The page of a scripted site has the button.
pub(crate) async fn ask_script(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    go_to(&sign_in.0.locale(&request), &sign_in.0.after_sign_out, [])
}

/// Signs out in scripted mode: answers the page's script where to go.
pub(crate) async fn by_script(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let (site, locale) = (&sign_in.0, sign_in.0.locale(&request));
    if !request_origin::is_own_script(&request, &site.origin()) {
        return error_page::not_for_others(&locale);
    }
    let location = match StoredGrant::of_request(site, &request).filter(|grant| !grant.is_refused(site)) {
        Some(grant) => {
            site.spent_sessions.mark_spent(&grant.id);
            site.end_causes.record_local(&grant.id, EndCause::LOGGED_OUT);
            leave(site, &grant, None, &locale).await
        }
        None => site.path("/logged-out"),
    };
    let mut response = HttpResponse::Ok();
    response.insert_header(("cache-control", "no-store"));
    for cookie in StoredGrant::removals(site) {
        response.cookie(cookie);
    }
    response.json(json!({ "location": location }))
}

/// The browser is back from the provider.
pub(crate) async fn logged_out(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let site = &sign_in.0;
    let params = QueryParams::of_query(&request);
    let state = params.single("state").and_then(|sealed| site.sealer.open::<State>(STATE_PLACE, sealed));
    let target = state.and_then(|state| site.address_of(&state.return_to).ok());
    go_to(&site.locale(&request), target.as_ref().unwrap_or(&site.after_sign_out), [])
}

/// Gives the grant up and answers where the browser goes: to the provider, which must end its own
/// session, or, when the provider is not there, straight to our landing.
async fn leave(site: &Site, grant: &StoredGrant, return_to: Option<&str>, locale: &Locale) -> String {
    let location = end_session_url(site, grant, return_to, locale).await;
    if let Some(refresh_token) = grant.refresh_token.clone() {
        let (provider, credentials) = (Arc::clone(&site.provider), site.credentials.clone());
        // If the user stops half-way, at least this site's grant ends. The response does not wait for it.
        actix_web::rt::spawn(token_endpoint::revoke(provider, credentials, refresh_token));
    }
    location.unwrap_or_else(|| site.path("/logged-out"))
}

async fn end_session_url(
    site: &Site,
    grant: &StoredGrant,
    return_to: Option<&str>,
    locale: &Locale,
) -> Option<String> {
    let endpoints = site.provider.endpoints().await.ok()?;
    let mut url: Url = endpoints.end_session.clone()?;
    let return_to = return_to.and_then(|text| site.address_of(text).ok());
    let return_to = return_to.unwrap_or_else(|| site.after_sign_out.clone());
    let is_short = return_to.as_str().len() <= MAX_RETURN_TO;
    let return_to = if is_short { return_to.as_str().to_owned() } else { site.keep(&return_to) };
    let state = State { return_to };
    let state = site.sealer.seal(STATE_PLACE, &state).ok()?;
    let mut query = url.query_pairs_mut();
    if let Some(id_token) = &grant.id_token {
        query.append_pair("id_token_hint", id_token);
    }
    query
        .append_pair("client_id", site.credentials.client_id())
        .append_pair("post_logout_redirect_uri", &site.url("/logged-out"))
        .append_pair("state", &state);
    if let Some(tag) = locale.ui_locales() {
        query.append_pair("ui_locales", tag);
    }
    drop(query);
    Some(url.into())
}
