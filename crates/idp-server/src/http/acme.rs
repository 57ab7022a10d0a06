//! What a certificate authority finds over http while a certificate is ordered (RFC 8555 8.3), on every node alike; and the way to
//! https for browsers that come to the same port.

use super::metadata::health;
use super::request::route::{read, resource};
use crate::app::App;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, LOCATION};
use actix_web::http::{Method, uri::PathAndQuery};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use idp_core::discovery::path;
use std::sync::Arc;

/// RFC 8555 8.3: a token is base64url of 128 bits at least; none has ever had more characters.
const LONGEST_TOKEN: usize = 128;

/// Mounts the answers beside the pages: an authority that is led to https finds them as well.
pub(super) fn routes(config: &mut ServiceConfig) {
    let pattern = format!("{}/{{token}}", path::ACME_CHALLENGE);
    config.service(resource(&pattern, "GET, HEAD").route(read(challenge)));
}

/// Mounts what is said on the sockets for http, and nothing else.
pub fn plain_routes(app: &Arc<App>) -> impl FnOnce(&mut ServiceConfig) + Clone + 'static {
    let app = Arc::clone(app);
    move |config: &mut ServiceConfig| {
        config
            .app_data(Data::from(app))
            .configure(routes)
            .service(resource(path::HEALTH_LIVE, "GET, HEAD").route(read(health::live)))
            .default_service(web::to(to_https));
    }
}

/// GET. 404 for a token of no order that is under way.
async fn challenge(token: Path<String>, app: Data<App>) -> HttpResponse {
    let token = token.into_inner();
    if app.acme.is_none() || !is_token(&token) {
        return HttpResponse::NotFound().finish();
    }
    match app.store.acme_challenge(token, app.now()).await {
        Ok(Some(answer)) => {
            HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/octet-stream")).body(answer)
        }
        Ok(None) => HttpResponse::NotFound().finish(),
        Err(error) => {
            tracing::warn!(%error, "the certificate authority is not answered");
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}

fn is_token(text: &str) -> bool {
    (1..=LONGEST_TOKEN).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The same address at the provider. What a form sent has travelled in the clear by now and is not sent on.
async fn to_https(request: HttpRequest, app: Data<App>) -> HttpResponse {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return HttpResponse::MethodNotAllowed().insert_header((ALLOW, "GET, HEAD")).finish();
    }
    let asked = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let asked = if asked.starts_with('/') { asked } else { "/" };
    HttpResponse::MovedPermanently().insert_header((LOCATION, app.config.issuer.url.join(asked))).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_short_base64url() {
        assert!(is_token("LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0") && is_token("a-_9"));
        let long = "a".repeat(LONGEST_TOKEN + 1);
        for other in ["", "a.b", "a/b", "a b", "a\0", "ä", "..", &long] {
            assert!(!is_token(other), "{other:?}");
        }
    }
}
