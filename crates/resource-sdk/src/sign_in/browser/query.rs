//! The parameters of a query, pair by pair, so that a repeated one is seen and never guessed about.
//! RFC 6749 section 3.1.

use actix_web::HttpRequest;

/// Decoded names and values in the order in which they came.
#[derive(Clone)]
pub(crate) struct QueryParams(Vec<(String, String)>);

impl QueryParams {
    pub(crate) fn of_query(request: &HttpRequest) -> Self {
        Self::of_text(request.query_string())
    }

    pub(crate) fn of_text(query: &str) -> Self {
        Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The value of a parameter that occurs exactly once.
    pub(crate) fn single(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(found, _)| found == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// Whether one of these parameters occurs more than once.
    pub(crate) fn is_any_repeated(&self, names: &[&str]) -> bool {
        let count = |name: &str| self.0.iter().filter(|(found, _)| found == name).count();
        names.iter().any(|name| count(name) > 1)
    }
}
