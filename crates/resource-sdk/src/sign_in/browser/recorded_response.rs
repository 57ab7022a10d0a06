//! A response as plain data, so that several requests can be answered the same.

use actix_web::{
    HttpResponse,
    body::MessageBody,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    web::Bytes,
};

/// Status, headers and body of a response.
#[derive(Clone)]
pub(crate) struct RecordedResponse {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    /// The sign-in whose cookies it sets.
    begins: Option<String>,
}

impl RecordedResponse {
    /// Records a response whose body is in memory. A stream would be recorded as empty.
    pub(crate) fn of(response: HttpResponse) -> Self {
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.clone(), value.clone())).collect();
        let status = response.status();
        let body = response.into_body().try_into_bytes().unwrap_or_default();
        Self { status, headers, body, begins: None }
    }

    /// The same response, which begins this sign-in.
    pub(crate) fn beginning(self, grant_id: Option<String>) -> Self {
        Self { begins: grant_id, ..self }
    }

    /// The sign-in whose cookies it sets.
    pub(crate) fn begins(&self) -> Option<&str> {
        self.begins.as_deref()
    }

    /// The same response again.
    pub(crate) fn response(&self) -> HttpResponse {
        let mut response = HttpResponse::with_body(self.status, self.body.clone()).map_into_boxed_body();
        for (name, value) in &self.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        response
    }
}
