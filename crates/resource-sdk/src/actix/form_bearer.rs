//! The token in a form body, for the one route that asks for it: a browser's plain form cannot set
//! a header. A token in both places is refused. RFC 6750 section 2.2.

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::Method,
    web::{self, Bytes},
};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::{
    bearer::{Bearer, NoClaims},
    challenge::Refusal,
    presented::{PARAMETER, header_token, resource_server, verify},
};
use crate::resource_server::ResourceServer;

/// A verified token from the form body or the header, and the form's other fields as `T`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FormBearer<T, C = NoClaims> {
    /// The verified token.
    pub bearer: Bearer<C>,
    /// The form.
    pub form: T,
}

impl<T, C> FromRequest for FormBearer<T, C>
where
    T: DeserializeOwned + 'static,
    C: DeserializeOwned + 'static,
{
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        // The size limit is the application's `PayloadConfig`.
        let body = Bytes::from_request(&request, payload);
        Box::pin(async move {
            let server = resource_server(&request).ok_or_else(Refusal::not_configured)?;
            let refused = || Refusal::invalid_request(server.shared_realm());
            let body = body.await.map_err(|_| refused())?;
            if !is_form(&request) {
                return Err(refused());
            }
            let form = web::Query::<T>::from_query(as_text(&body).ok_or_else(refused)?);
            let token = presented(&server, &request, &body)?;
            let verified = verify(&server, &request, &token).await?;
            let form = form.map_err(|_| refused())?.into_inner();
            Ok(Self { bearer: Bearer::read(verified)?, form })
        })
    }
}

/// RFC 6750 section 2.2: a form, in a request whose method gives its body a meaning.
fn is_form(request: &HttpRequest) -> bool {
    let has_body = ![Method::GET, Method::HEAD].contains(request.method());
    let is_form = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    has_body && is_form
}

fn as_text(body: &Bytes) -> Option<&str> {
    std::str::from_utf8(body).ok()
}

/// The one token of the request, wherever it is.
fn presented(server: &ResourceServer, request: &HttpRequest, body: &[u8]) -> Result<String, Refusal> {
    let fields = url::form_urlencoded::parse(body);
    let in_form = fields.filter(|(name, _)| name == PARAMETER).map(|(_, value)| value.into_owned());
    let mut all = in_form.chain(header_token(server, request)?);
    let token = all.next().ok_or_else(|| Refusal::no_token(server.shared_realm()))?;
    match all.next() {
        None => Ok(token),
        Some(_) => Err(Refusal::invalid_request(server.shared_realm())),
    }
}
