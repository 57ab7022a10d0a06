//! A form posted from one of our own pages: read, and checked to come from this browser and this origin
//! before a handler sees a field of it.

use super::{BrowserRequest, form};
use crate::app::App;
use crate::seals::FormBinding;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, ORIGIN};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use idp_core::params::Params;
use std::future::Future;
use std::pin::Pin;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The fields of a posted form. The browser says it came from one of our pages, as far as it says
/// anything; [`PageForm::is_bound`] proves it.
pub struct PageForm {
    params: Params,
    /// Whether nothing about the request says that another site sent it.
    from_here: bool,
}

impl PageForm {
    /// Whether the form token fits this form, its holder (browser or session) and its transaction, and the
    /// request came from our own origin.
    #[must_use]
    pub fn is_bound(&self, request: &BrowserRequest, form: &'static str, holder: &str) -> bool {
        let binding = FormBinding { form, holder, tx: self.tx() };
        self.from_here && request.app.seals().is_form_token(self.field("csrf"), &binding)
    }

    /// The sealed transaction.
    #[must_use]
    pub fn tx(&self) -> &str {
        self.field("tx")
    }

    /// Which button was pressed.
    #[must_use]
    pub fn action(&self) -> &str {
        self.field("action")
    }

    /// A field; empty when it is absent or came twice.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        self.params.once(name).ok().flatten().unwrap_or("")
    }
}

impl FromRequest for PageForm {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let from_here = is_from_here(&request);
            match form::read(&request, &mut payload).await {
                Ok(params) => Ok(Self { params, from_here }),
                // A cross-site page can post other media types too; they are refused alike.
                Err(_) if !from_here => Err(refused(StatusCode::FORBIDDEN)),
                Err(StatusCode::UNSUPPORTED_MEDIA_TYPE) => Err(refused(StatusCode::FORBIDDEN)),
                Err(status) => Err(refused(status)),
            }
        })
    }
}

fn refused(status: StatusCode) -> actix_web::Error {
    actix_web::error::InternalError::new("the form cannot be read", status).into()
}

/// What the browser itself says about where a request comes from. `Origin: null` (a page that tells no
/// referrer) says nothing: the form token decides then.
fn is_from_here(request: &HttpRequest) -> bool {
    let header = |name: &HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let issuer = request.app_data::<Data<App>>().map(|app| app.issuer().to_owned());
    match (header(&SEC_FETCH_SITE), header(&ORIGIN)) {
        (Some("same-origin" | "none"), None | Some("null")) | (None, None | Some("null")) => true,
        (Some("same-origin" | "none") | None, Some(origin)) => Some(origin) == issuer.as_deref(),
        (Some(_), _) => false,
    }
}
