//! The way to `issuer.url`, as a browser takes it: through whatever stands before the provider.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use reqwest::{Client, RequestBuilder, Response, header::DATE};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use url::Url;

use crate::{
    cli::{api::http_client, failure::Failure},
    clock::wall_ms,
    config::Issuer,
};

/// How long one answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

pub(super) struct Web {
    pub(super) issuer: String,
    /// The same as an address.
    pub(super) url: Url,
    client: Client,
    /// Takes every certificate, to see which it is. It is told nothing, and nothing that it says is believed.
    credulous: Client,
}

/// An answer, and what the clock of what answered said.
pub(super) struct Answer {
    pub(super) response: Response,
    /// How far that clock is ahead of this machine's, in milliseconds: to the second, for `Date` has no more (RFC 9110 6.6.1).
    pub(super) clock_ahead_ms: Option<i64>,
}

impl Web {
    pub(super) fn new(issuer: &Issuer, ca_file: Option<&Path>) -> Result<Self, Failure> {
        let issuer = issuer.as_str().to_owned();
        let url = Url::parse(&issuer).context("issuer.url")?;
        let client = http_client(&url, ca_file, |builder| builder)?;
        let credulous = http_client(&url, None, |builder| {
            builder.danger_accept_invalid_certs(true).tls_info(true).http1_only()
        })?;
        Ok(Self { issuer, url, client, credulous })
    }

    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    pub(super) fn get(&self, address: &str) -> RequestBuilder {
        self.client.get(address).timeout(ANSWER_WITHIN)
    }

    pub(super) fn post(&self, address: &str) -> RequestBuilder {
        self.client.post(address).timeout(ANSWER_WITHIN)
    }

    pub(super) fn get_whatever_the_certificate(&self, address: &str) -> RequestBuilder {
        self.credulous.get(address).timeout(ANSWER_WITHIN)
    }
}

/// Sends a request and compares the clocks.
pub(super) async fn send(request: RequestBuilder) -> reqwest::Result<Answer> {
    let before = wall_ms();
    let response = request.send().await?;
    let middle = i64::midpoint(before, wall_ms());
    let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
    let theirs = date.and_then(date_ms);
    // Half a second was cut off, on average.
    let clock_ahead_ms = theirs.map(|theirs| theirs.saturating_add(500).saturating_sub(middle));
    Ok(Answer { response, clock_ahead_ms })
}

fn date_ms(date: &str) -> Option<i64> {
    let date = OffsetDateTime::parse(&date.replace("GMT", "+0000"), &Rfc2822).ok()?;
    date.unix_timestamp().checked_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read() {
        assert_eq!(date_ms("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(date_ms("yesterday"), None);
    }
}
