//! `POST <mount>/backchannel-logout`: the provider says that a session has ended. The request comes
//! without a browser and its cookies; the logout token is the only proof. From then on the cookies of that
//! session are worth nothing here, and open pages are told. OpenID Connect Back-Channel Logout 1.0
//! sections 2.5 to 2.8.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{CACHE_CONTROL, RETRY_AFTER},
    web::{Data, Form},
};
use serde::Deserialize;
use serde_json::json;

use crate::sign_in::{
    SignIn,
    memory::end_causes::EndCause,
    provider::logout_token::{LoggedOut, LogoutTokenError},
    site::{Site, is_unjudged},
};
use crate::trace;

/// Octets of the form: a logout token has a few hundred.
pub(crate) const MAX_FORM_BYTES: usize = 16 * 1024;

/// What the provider posts. A field that comes twice is an error.
#[derive(Deserialize)]
pub(crate) struct LogoutForm {
    logout_token: String,
}

/// Takes a logout token. The same one again changes nothing and is answered the same.
pub(crate) async fn backchannel_logout(
    request: HttpRequest,
    sign_in: Data<SignIn>,
    form: Result<Form<LogoutForm>, actix_web::Error>,
) -> HttpResponse {
    let site = &sign_in.0;
    let Ok(Form(form)) = form else {
        return refuse("The form must have one logout_token.");
    };
    match site.check_logout_token(&form.logout_token).await {
        Ok(logged_out) => {
            // Whose trace this is, the provider says that the token proves.
            let span = trace::step("log out session");
            let traceparent = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
            trace::go_on_from(&span, traceparent);
            span.in_scope(|| end(site, logged_out));
            uncached(HttpResponse::Ok()).finish()
        }
        // The provider tries again; it would not after a 400.
        Err(LogoutTokenError::Signature(error)) if is_unjudged(error) => {
            tracing::warn!(%error, "a logout token cannot be judged now");
            uncached(HttpResponse::ServiceUnavailable()).insert_header((RETRY_AFTER, "5")).finish()
        }
        Err(error) => {
            tracing::warn!(%error, "a logout token was refused");
            refuse("The logout token is not acceptable.")
        }
    }
}

fn end(site: &Site, logged_out: LoggedOut) {
    match logged_out {
        LoggedOut::Session(sid) => {
            site.spent_sessions.log_out_session(&sid);
            site.end_causes.record_session(&sid, EndCause::ENDED);
        }
        LoggedOut::Person { subject, before } => {
            site.spent_sessions.log_out_user(&subject, before);
            site.end_causes.notify();
        }
    }
}

/// Section 2.8, in the form of RFC 6749 section 5.2.
fn refuse(description: &str) -> HttpResponse {
    let error = json!({ "error": "invalid_request", "error_description": description });
    uncached(HttpResponse::BadRequest()).json(error)
}

fn uncached(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response.insert_header((CACHE_CONTROL, "no-store"));
    response
}
