//! The headers on every answer of the site: a content security policy without anything inline, no
//! framing, no sniffing. OWASP ASVS 3.4.

use actix_web::{
    Error, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use url::Url;

use crate::config::SiteConfig;

/// What pages of this site may do.
pub(crate) struct Policy {
    content: HeaderValue,
    is_https: bool,
}

impl Policy {
    /// A log-out form is answered with a redirect to the provider, and browsers hold `form-action`
    /// against that too.
    pub(crate) fn of(config: &SiteConfig) -> Self {
        let provider = Url::parse(&config.issuer).map(|url| url.origin().ascii_serialization());
        let provider = provider.unwrap_or_default();
        let content = format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
             form-action 'self' {provider}; base-uri 'none'; frame-ancestors 'none'"
        );
        let content = HeaderValue::from_str(&content);
        Self {
            content: content.unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'")),
            is_https: config.base_url.starts_with("https:"),
        }
    }
}

/// Adds the headers that an answer does not have yet.
pub(crate) async fn add(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let headers = headers(response.request());
    for (name, value) in headers {
        if !response.headers().contains_key(&name) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

fn headers(request: &HttpRequest) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers: Vec<_> = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ]
    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
    .into();
    let Some(policy) = request.app_data::<Data<Policy>>() else {
        return headers;
    };
    headers.push((HeaderName::from_static("content-security-policy"), policy.content.clone()));
    if policy.is_https {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.push((HeaderName::from_static("strict-transport-security"), year));
    }
    headers
}
