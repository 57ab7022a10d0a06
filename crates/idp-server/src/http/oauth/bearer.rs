//! The access token that userinfo is asked with (RFC 6750 2): in the header, or in the form of a POST; in both,
//! or twice, is an error, and the query is never looked at.

use crate::http::request::form;
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::http::{Method, StatusCode};

/// Why there is no token.
pub enum NoToken {
    /// None was sent.
    Absent,
    /// More than one, or one that cannot be read.
    Malformed,
    /// The body was refused before it was read.
    Body(StatusCode),
}

/// The token of a request.
///
/// # Errors
/// [`NoToken`].
pub async fn token(request: &HttpRequest, payload: &mut Payload) -> Result<String, NoToken> {
    let from_header = in_header(request)?;
    let from_form = if request.method() == Method::POST && form::is_form(request) {
        in_form(request, payload).await?
    } else {
        None
    };
    match (from_header, from_form) {
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(NoToken::Absent),
        (Some(_), Some(_)) => Err(NoToken::Malformed),
    }
}

/// The token in the header of a request.
///
/// # Errors
/// [`NoToken`].
pub fn in_header(request: &HttpRequest) -> Result<Option<String>, NoToken> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else {
        return Ok(None);
    };
    let text = header.to_str().map_err(|_| NoToken::Malformed)?;
    if headers.next().is_some() {
        return Err(NoToken::Malformed);
    }
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => {
            let plain = !token.is_empty() && !token.contains([' ', ',']);
            plain.then(|| Some(token.to_owned())).ok_or(NoToken::Malformed)
        }
        _ => Err(NoToken::Absent),
    }
}

async fn in_form(request: &HttpRequest, payload: &mut Payload) -> Result<Option<String>, NoToken> {
    let params = form::read(request, payload).await.map_err(NoToken::Body)?;
    let token = params.once("access_token").map_err(|_| NoToken::Malformed)?;
    Ok(token.map(str::to_owned))
}
