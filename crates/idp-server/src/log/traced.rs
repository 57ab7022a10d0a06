//! The span of each request, and whose trace it belongs to. A `traceparent` decides which trace a request belongs to and whether it
//! is recorded, so it counts from servers of sites in networks that the configuration names, and from proxies that begin traces
//! themselves (`traces.trusted`, `traces.proxies_begin`). From everyone else it is nothing: a stranger neither makes us record nor
//! writes into the traces of others (ADR 82). W3C Trace Context section 3.2, and its section 6 on privacy and denial of service.

use std::sync::Arc;

use actix_web::{
    Error, HttpMessage as _,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use ipnet::IpNet;
use tracing::{Instrument as _, Span};
use tracing_actix_web::RequestId;

use super::request::is_asked_by_machines;
use crate::{
    client_address::{ClientAddress, TrustedProxies},
    config::TracesConfig,
    metrics::{Refusal, Route},
    spans,
};

/// Whose `traceparent` counts; kept in the data of the application.
#[derive(Clone, Debug)]
pub struct TraceParents {
    trusted: Arc<[IpNet]>,
    proxies_begin: bool,
}

impl TraceParents {
    /// As the configuration says.
    #[must_use]
    pub fn of(config: &TracesConfig) -> Self {
        Self { trusted: config.trusted.as_slice().into(), proxies_begin: config.proxies_begin }
    }

    /// The one `traceparent` of a request that may decide.
    fn parent_of<'a>(&self, request: &'a ServiceRequest) -> Option<&'a str> {
        let mut headers = request.headers().get_all(spans::TRACEPARENT);
        let (Some(header), None) = (headers.next(), headers.next()) else { return None };
        let of_proxy = || {
            let proxies = TrustedProxies::of_request(request.request());
            self.proxies_begin && request.peer_addr().is_some_and(|peer| proxies.contains(peer.ip()))
        };
        let counts = of_proxy() || ClientAddress::of_request(request.request()).is_in(&self.trusted);
        header.to_str().ok().filter(|_| counts)
    }
}

/// Runs a request within its span. Wrap it inside `TracingLogger`, whose line gets the id of the trace.
///
/// # Errors
/// Those of the wrapped service.
pub async fn traced(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if is_asked_by_machines(request.path()) {
        return next.call(request).await;
    }
    let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let span = spans::request(request.method().as_str(), &id);
    let parents = request.app_data::<TraceParents>();
    if let Some(parent) = parents.and_then(|parents| parents.parent_of(&request)) {
        spans::go_on_from(&span, parent);
    }
    // Below a request that is not recorded nothing is.
    let Some(trace_id) = spans::trace_id(&span) else { return next.call(request).await };
    Span::current().record("trace_id", trace_id);
    let outcome = next.call(request).instrument(span.clone()).await;
    match &outcome {
        Ok(response) => {
            let request = response.request();
            let route = request.app_data::<Route>().map(Route::pattern);
            let extensions = response.response().extensions();
            let refusal = extensions.get::<Refusal>().map(|refusal| (refusal.error.as_ref(), refusal.cause));
            spans::answered(&span, request.method().as_str(), route, response.status().as_u16(), refusal);
        }
        Err(error) => {
            spans::answered(&span, "", None, error.as_response_error().status_code().as_u16(), None);
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use actix_web::test::TestRequest;

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn parent(
        config: &TracesConfig,
        peer: &str,
        forwarded: Option<&str>,
        headers: &[&str],
    ) -> Option<String> {
        let mut request = TestRequest::get()
            .peer_addr(format!("{peer}:4000").parse().unwrap())
            .app_data(TrustedProxies::new(&["10.0.0.1/32".parse().unwrap()]));
        if let Some(forwarded) = forwarded {
            request = request.insert_header(("x-forwarded-for", forwarded));
        }
        for header in headers {
            request = request.append_header((spans::TRACEPARENT, *header));
        }
        let request = request.to_srv_request();
        TraceParents::of(config).parent_of(&request).map(str::to_owned)
    }

    #[test]
    fn s91_a_stranger_does_not_choose_the_trace() {
        let sites =
            TracesConfig { trusted: vec!["192.0.2.0/24".parse().unwrap()], ..TracesConfig::default() };
        let counts = Some(PARENT.to_owned());
        assert_eq!(parent(&sites, "192.0.2.7", None, &[PARENT]), counts);
        assert_eq!(parent(&sites, "10.0.0.1", Some("192.0.2.7"), &[PARENT]), counts);
        for (peer, forwarded) in [
            ("198.51.100.7", None),
            // No proxy of ours says so.
            ("198.51.100.7", Some("192.0.2.7")),
            ("10.0.0.1", Some("198.51.100.7")),
            ("10.0.0.1", Some("192.0.2.7, 198.51.100.7")),
            ("10.0.0.1", None),
        ] {
            assert_eq!(parent(&sites, peer, forwarded, &[PARENT]), None, "{peer} {forwarded:?}");
        }
        assert_eq!(parent(&TracesConfig::default(), "192.0.2.7", None, &[PARENT]), None);
        assert_eq!(parent(&sites, "192.0.2.7", None, &[PARENT, PARENT]), None, "two say nothing");
        assert_eq!(parent(&sites, "192.0.2.7", None, &[]), None);
    }

    #[test]
    fn a_proxy_that_begins_traces_speaks_for_all_and_no_other_does() {
        let begins = TracesConfig { proxies_begin: true, ..TracesConfig::default() };
        let counts = Some(PARENT.to_owned());
        assert_eq!(parent(&begins, "10.0.0.1", Some("198.51.100.7"), &[PARENT]), counts);
        assert_eq!(parent(&begins, "198.51.100.7", None, &[PARENT]), None);
    }
}
