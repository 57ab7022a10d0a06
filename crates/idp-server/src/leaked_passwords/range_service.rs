//! A service that lists leaked passwords, asked so that it learns next to nothing: it gets the first five digits of the
//! hash, and answers every hash that begins with them (k-anonymity). The protocol is that of Pwned Passwords.

use super::DIGITS;
use crate::config::{BackchannelConfig, BreachUrl};
use crate::outgoing::{NoAnswer, Outgoing, OutgoingError};
use std::time::Duration;
use url::Url;

/// What the service is told of a hash.
const PREFIX: usize = 5;
/// A person waits meanwhile.
const TIME_LIMIT: Duration = Duration::from_secs(1);
/// Several times what is known to be answered.
const MOST_BYTES: usize = 512 * 1024;
/// Answers of about one length, so that an eavesdropper cannot tell from it what was asked.
const PADDING: (&str, &str) = ("add-padding", "true");

/// The service.
pub(super) struct RangeService {
    outgoing: Outgoing,
    url: BreachUrl,
}

impl RangeService {
    pub(super) fn new(url: &BreachUrl, config: &BackchannelConfig) -> Result<Self, OutgoingError> {
        Ok(Self { outgoing: Outgoing::new(config)?, url: url.clone() })
    }

    /// Whether this hash, in upper case, is listed.
    pub(super) async fn has(&self, hash: &str) -> Result<bool, NoAnswer> {
        let (prefix, rest) = hash.split_at_checked(PREFIX).unwrap_or((hash, ""));
        let url = self.url.of(prefix).ok_or(NoAnswer::Connection)?;
        let text = self.outgoing.get_text(url, PADDING, MOST_BYTES, TIME_LIMIT).await?;
        Ok(text.lines().any(|line| lists(line, rest)))
    }
}

/// Whether a line (`SUFFIX:COUNT`) names this hash. What is there as padding was seen 0 times.
fn lists(line: &str, rest: &str) -> bool {
    let (suffix, count) = line.trim().split_once(':').unwrap_or((line.trim(), ""));
    rest.len() + PREFIX == DIGITS && suffix.eq_ignore_ascii_case(rest) && count.trim() != "0"
}

impl BreachUrl {
    /// The address of the hashes that begin so.
    fn of(&self, prefix: &str) -> Option<Url> {
        Url::parse(&format!("{self}{prefix}")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_hash_unless_it_is_padding() {
        let rest = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
        for (line, is_listed) in [
            (format!("{rest}:9545824"), true),
            (format!("{}:1\r", rest.to_lowercase()), true),
            (rest.to_owned(), true),
            (format!("{rest}:0"), false),
            (format!("{rest}0:7"), false),
            (String::new(), false),
            (":7".to_owned(), false),
        ] {
            assert_eq!(lists(&line, rest), is_listed, "{line:?}");
        }
        assert!(!lists(":7", ""));
    }
}
