//! What the pages of scripted mode ask for: `POST <mount>/token` turns the refresh cookie into a
//! fresh access token for page memory. Only a script of this origin gets an answer.
//! RFC 6749 section 5.1; OWASP ASVS 10.1.1.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE},
    web::Data,
};
use serde_json::json;

use crate::{
    error::VerifyError,
    sign_in::{
        SignIn,
        browser::request_origin,
        grant::{refresh, stored_grant::StoredGrant},
        memory::{
            end_causes::EndCause,
            refresh_outcome::{RefreshOutcome, RefreshedTokens},
        },
        site::{Site, is_unjudged},
    },
    time::UnixTime,
};

/// Answers a fresh access token.
pub(crate) async fn token(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let site = &sign_in.0;
    if !request_origin::is_own_script(&request, &site.origin()) {
        return uncached(HttpResponse::Forbidden()).json(json!({ "error": "forbidden" }));
    }
    let Some(grant) = StoredGrant::of_request(site, &request) else {
        return signed_out(
            site,
            !crate::sign_in::browser::cookies::named(&request, &site.cookies.refresh_name()).is_empty(),
        );
    };
    if grant.is_refused(site) {
        // What the browser's cookie is by now is not for this answer to say.
        return signed_out(site, false);
    }
    if grant.is_logged_out_by_provider(site) {
        return signed_out(site, true);
    }
    let (outcome, _hold) = refresh::refresh(site, &grant).await;
    if site.spent_sessions.is_spent(&grant.id) || grant.is_logged_out_by_provider(site) {
        // It ended meanwhile, or another one took its place.
        return signed_out(site, false);
    }
    match outcome {
        RefreshOutcome::Refreshed(renewed) => fresh(site, &grant, &renewed),
        RefreshOutcome::Rejected => {
            site.end_causes.record_local(&grant.id, EndCause::ENDED);
            signed_out(site, true)
        }
        RefreshOutcome::Unavailable => unavailable(HttpResponse::ServiceUnavailable()),
    }
}

/// The old refresh token is spent: the cookie is replaced even if the access token is refused.
fn fresh(site: &Site, grant: &StoredGrant, renewed: &RefreshedTokens) -> HttpResponse {
    // Judged anew: since the refresh that this request shares, it may have been taken back.
    let verdict = site.verify(&renewed.access_token);
    let successor = grant.succeeded_by(renewed, verdict.as_ref().ok());
    let cookie = match successor.cookie(site, 0) {
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
                "session": grant.session_tag(),
                "name": grant.display_name,
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
        for cookie in StoredGrant::removals(site) {
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
