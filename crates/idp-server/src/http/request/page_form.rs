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
    sent_from: SentFrom,
}

/// Where a form comes from, as far as the browser says anything.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum SentFrom {
    /// Nothing says that another site sent it.
    Here,
    /// A page of ours that was opened under another name than the issuer's.
    OwnOtherName,
    /// Another site.
    Elsewhere,
}

impl PageForm {
    /// Of fields that were read elsewhere.
    #[must_use]
    pub const fn new(params: Params, sent_from: SentFrom) -> Self {
        Self { params, sent_from }
    }

    /// Whether the form token fits this form, its holder (browser or session) and its transaction, and the
    /// request came from our own origin.
    #[must_use]
    pub fn is_bound(&self, request: &BrowserRequest, form: &'static str, holder: &str) -> bool {
        let binding = FormBinding { form, holder, tx: self.tx() };
        self.sent_from == SentFrom::Here && request.app.seals().is_form_token(self.field("csrf"), &binding)
    }

    /// Where it comes from.
    #[must_use]
    pub const fn sent_from(&self) -> SentFrom {
        self.sent_from
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

    /// What was typed into a field, nothing included; `None` when it is absent or came twice.
    #[must_use]
    pub fn typed(&self, name: &str) -> Option<&str> {
        let mut values = self.params.iter().filter(|(known, _)| *known == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
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
            let sent_from = sent_from(&request);
            match form::read(&request, &mut payload).await {
                Ok(params) => Ok(Self { params, sent_from }),
                // A cross-site page can post other media types too; they are refused alike.
                Err(_) if sent_from != SentFrom::Here => Err(refused(StatusCode::FORBIDDEN)),
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
#[must_use]
pub fn sent_from(request: &HttpRequest) -> SentFrom {
    let header = |name: &HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let issuer = request.app_data::<Data<App>>().map(|app| app.issuer().to_owned());
    match (header(&SEC_FETCH_SITE), header(&ORIGIN)) {
        (Some("same-origin" | "none") | None, None | Some("null")) => SentFrom::Here,
        (Some("same-origin" | "none") | None, Some(origin)) if Some(origin) == issuer.as_deref() => {
            SentFrom::Here
        }
        (Some("same-origin"), Some(_)) => SentFrom::OwnOtherName,
        (_, _) => SentFrom::Elsewhere,
    }
}
