//! What the pages of scripted mode ask for: `POST <mount>/token` turns the refresh cookie into a
//! fresh access token for page memory. Only a script of this origin gets an answer.
//! RFC 6749 section 5.1; OWASP ASVS 10.1.1.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE},
    web::Data,
};
use serde_json::json;

use super::{
    SignIn,
    endings::Cause,
    grant::Grant,
    origin::{self, Sender},
    refresh,
    renewal::{Renewal, Renewed},
    site::{Site, is_unjudged},
};
use crate::{error::VerifyError, time::UnixTime};

/// Pages cannot send this header to another origin without that origin's consent (CORS).
pub(super) const SCRIPT_HEADER: &str = "x-session-request";

/// Answers a fresh access token.
pub(super) async fn token(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let site = &sign_in.0;
    if !is_own_script(site, &request) {
        return uncached(HttpResponse::Forbidden()).json(json!({ "error": "forbidden" }));
    }
    let Some(grant) = Grant::of_request(site, &request) else {
        return signed_out(site, !super::cookies::named(&request, &site.cookies.refresh_name()).is_empty());
    };
    if grant.was_announced_over(site) {
        return signed_out(site, true);
    }
    let (renewal, _hold) = refresh::renew(site, &grant).await;
    let was_signed_out = grant.refresh_token.as_deref().is_some_and(|token| site.ended.has(token));
    if was_signed_out || grant.was_announced_over(site) {
        // Signed out meanwhile: what the cookie is now is not for this answer to say.
        return signed_out(site, false);
    }
    match renewal {
        Renewal::Renewed(renewed) => fresh(site, &grant, &renewed),
        Renewal::Ended => {
            site.endings.tell_here(&grant.id, Cause::ENDED);
            signed_out(site, true)
        }
        Renewal::Unavailable => unavailable(HttpResponse::ServiceUnavailable()),
    }
}

/// A script of this origin: the browser says so, and the header shows that it is a script.
pub(super) fn is_own_script(site: &Site, request: &HttpRequest) -> bool {
    let has_header = request.headers().contains_key(SCRIPT_HEADER);
    has_header && origin::sender(request, &site.origin()) == Sender::SameOrigin
}

/// The old refresh token is spent: the cookie is replaced whatever the access token is like.
fn fresh(site: &Site, grant: &Grant, renewed: &Renewed) -> HttpResponse {
    // Judged anew: since the refresh that this request shares, it may have been taken back.
    let verdict = site.verify(&renewed.access_token);
    let successor = grant.succeeded_by(renewed, verdict.as_ref().ok());
    let cookie = match successor.cookie(site) {
        Ok(cookie) => cookie,
        Err(error) => {
            tracing::error!(%error, "a refreshed sign-in cannot be kept");
            return signed_out(site, true);
        }
    };
    match verdict {
        Ok(token) if grant.owns(site, &token) => {
            let seconds = seconds_left(token.expires_at(), site.now());
            uncached(HttpResponse::Ok()).cookie(cookie).json(json!({
                "access_token": renewed.access_token,
                "token_type": "Bearer",
                "expires_in": seconds,
                "session": grant.tag(),
            }))
        }
        Err(VerifyError::Revoked) => signed_out(site, true),
        Err(error) if is_unjudged(error) => {
            let mut response = HttpResponse::ServiceUnavailable();
            response.cookie(cookie);
            unavailable(response)
        }
        _ => {
            tracing::error!("the provider refreshes with access tokens that this site refuses");
            signed_out(site, true)
        }
    }
}

fn seconds_left(expires_at: UnixTime, now: UnixTime) -> i64 {
    expires_at.secs_since(now).max(0)
}

fn signed_out(site: &Site, had_cookie: bool) -> HttpResponse {
    let mut response = HttpResponse::Unauthorized();
    response.insert_header((WWW_AUTHENTICATE, "SignIn"));
    if had_cookie {
        for cookie in Grant::removals(site) {
            response.cookie(cookie);
        }
    }
    uncached(response).json(json!({ "error": "login_required" }))
}

fn unavailable(mut response: HttpResponseBuilder) -> HttpResponse {
    response.insert_header((RETRY_AFTER, "5"));
    uncached(response).json(json!({ "error": "temporarily_unavailable" }))
}

/// No answer of this endpoint is to be kept anywhere (RFC 6749 section 5.1).
fn uncached(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response.insert_header((CACHE_CONTROL, "no-store"));
    response
}
