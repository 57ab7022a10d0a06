//! The `[mail]` table: the server that letters to people go through. Unset, no letter is written, and what needs one is
//! off. Sending is `mail`'s.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use idp_core::mail_address::MailAddress;
use serde::{Deserialize, Serialize};
use url::Url;

use super::ConfigDuration;

/// The ports of RFC 8314 section 3.3 and RFC 6409 section 3.1.
const PORT_WITH_TLS: u16 = 465;
const PORT_WITH_STARTTLS: u16 = 587;

/// The `[mail]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// The server that takes our letters.
    pub server: Option<MailServer>,
    /// Whether the connection to it is encrypted.
    pub tls: MailTls,
    /// Who we are there.
    pub user: Option<String>,
    /// The file with the password of that user.
    pub password_file: Option<PathBuf>,
    /// The address that letters come from.
    pub from: Option<SenderAddress>,
    /// Certificates (PEM) trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// How long one letter may take, from the name of the server to its yes.
    pub time_limit: ConfigDuration,
    /// Letters of one kind that a person gets in an hour.
    pub per_hour: u32,
    /// The demonstration keeps letters in memory, to be looked at. No file and no variable can set this.
    #[cfg(feature = "demo")]
    #[serde(skip)]
    pub to_inbox: bool,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            server: None,
            tls: MailTls::Required,
            user: None,
            password_file: None,
            from: None,
            ca_file: None,
            time_limit: ConfigDuration::seconds(30),
            per_hour: 5,
            #[cfg(feature = "demo")]
            to_inbox: false,
        }
    }
}

impl MailConfig {
    /// Whether letters are written at all.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        #[cfg(feature = "demo")]
        if self.to_inbox {
            return true;
        }
        self.server.is_some()
    }

    /// What does not fit together, in words for the operator.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let Some(server) = &self.server else {
            let is_alone = self.from.is_some() || self.user.is_some() || self.password_file.is_some();
            return is_alone.then_some(
                "mail.server is not set, so mail.from, mail.user and mail.password_file mean nothing",
            );
        };
        let is_plain = self.tls == MailTls::None;
        [
            (self.from.is_none(), "mail.from must be set with mail.server, such as no-reply@example.org"),
            (
                self.user.is_some() != self.password_file.is_some(),
                "mail.user and mail.password_file belong together: set both or neither",
            ),
            (is_plain && server.tls_at_once, "mail.tls is none, but mail.server begins with smtps://"),
            (
                is_plain && self.user.is_some() && !server.is_on_this_machine(),
                "mail.tls is none: the password would travel in the clear to another machine",
            ),
            (
                !(ConfigDuration::seconds(1)..=ConfigDuration::minutes(2)).contains(&self.time_limit),
                "mail.time_limit must be 1s to 2m",
            ),
            (self.per_hour == 0, "mail.per_hour is 0; it must be 1 or more"),
        ]
        .into_iter()
        .find_map(|(is_wrong, words)| is_wrong.then_some(words))
    }

    /// What is allowed but probably not meant.
    pub(super) fn doubt(&self) -> Option<&'static str> {
        let is_plain = self.tls == MailTls::None;
        let is_elsewhere = self.server.as_ref().is_some_and(|server| !server.is_on_this_machine());
        (is_plain && is_elsewhere).then_some(
            "mail.tls is none: letters, and the links in them, can be read on the way to mail.server",
        )
    }
}

/// Whether the connection is encrypted.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum MailTls {
    /// With a certificate that fits, or nothing is sent.
    Required,
    /// In the clear, for a server on this machine.
    None,
}

impl TryFrom<String> for MailTls {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "required" => Ok(Self::Required),
            "none" => Ok(Self::None),
            _ => Err("must be \"required\" or \"none\"".to_owned()),
        }
    }
}

/// `smtps://host[:465]`, TLS from the first byte, or `smtp://host[:587]`, TLS by STARTTLS.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MailServer {
    /// Its name or address, to which its certificate belongs.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether TLS begins with the connection.
    pub tls_at_once: bool,
}

/// The text names no server. The message never repeats it: the operator may have written a password into it.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error(
    "must be smtps://host[:465] or smtp://host[:587], without a user or a password (those are mail.user and mail.password_file)"
)]
pub struct MailServerError;

impl MailServer {
    /// Whether it is reached without a network.
    #[must_use]
    pub fn is_on_this_machine(&self) -> bool {
        let is_loopback = self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        is_loopback || self.host == "localhost" || self.host.ends_with(".localhost")
    }
}

impl FromStr for MailServer {
    type Err = MailServerError;

    fn from_str(text: &str) -> Result<Self, MailServerError> {
        let url = Url::parse(text).map_err(|_| MailServerError)?;
        let tls_at_once = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(MailServerError),
        };
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
        let is_bare = url.username().is_empty()
            && url.password().is_none()
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none();
        if host.is_empty() || !is_bare {
            return Err(MailServerError);
        }
        let port = url.port().unwrap_or(if tls_at_once { PORT_WITH_TLS } else { PORT_WITH_STARTTLS });
        Ok(Self { host, port, tls_at_once })
    }
}

impl TryFrom<String> for MailServer {
    type Error = MailServerError;

    fn try_from(text: String) -> Result<Self, MailServerError> {
        text.parse()
    }
}

impl From<MailServer> for String {
    fn from(server: MailServer) -> Self {
        let scheme = if server.tls_at_once { "smtps" } else { "smtp" };
        match server.host.contains(':') {
            true => format!("{scheme}://[{}]:{}", server.host, server.port),
            false => format!("{scheme}://{}:{}", server.host, server.port),
        }
    }
}

/// The address that letters come from. Its letters are ASCII: with others only servers that speak RFC 6531 would take a letter.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SenderAddress(MailAddress);

/// The text is no such address.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be a plain mail address, such as no-reply@example.org")]
pub struct SenderAddressError;

impl SenderAddress {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for SenderAddress {
    type Err = SenderAddressError;

    fn from_str(text: &str) -> Result<Self, SenderAddressError> {
        let address = MailAddress::parse(text).map_err(|_| SenderAddressError)?;
        // What is written is what is meant: no spaces around it, nothing folded.
        let is_plain = text.is_ascii() && address.as_str().eq_ignore_ascii_case(text);
        if is_plain { Ok(Self(address)) } else { Err(SenderAddressError) }
    }
}

impl TryFrom<String> for SenderAddress {
    type Error = SenderAddressError;

    fn try_from(text: String) -> Result<Self, SenderAddressError> {
        text.parse()
    }
}

impl From<SenderAddress> for String {
    fn from(address: SenderAddress) -> Self {
        address.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_server_is_named_with_its_port_and_what_begins_its_tls() {
        for (text, host, port, tls_at_once, shown) in [
            ("smtps://mail.example.org", "mail.example.org", 465, true, "smtps://mail.example.org:465"),
            ("smtp://Mail.example.org/", "mail.example.org", 587, false, "smtp://mail.example.org:587"),
            ("smtp://127.0.0.1:25", "127.0.0.1", 25, false, "smtp://127.0.0.1:25"),
            ("smtp://[::1]:2525", "::1", 2525, false, "smtp://[::1]:2525"),
        ] {
            let server: MailServer = text.parse().unwrap();
            assert_eq!(server, MailServer { host: host.to_owned(), port, tls_at_once }, "{text}");
            assert_eq!(String::from(server), shown);
        }
    }

    #[test]
    fn s111_what_is_no_server_is_refused_and_not_repeated() {
        for text in [
            "mail.example.org",
            "http://a",
            "smtp://",
            "smtp://me:hush@a",
            "smtp://hush@a",
            "smtp://a/hush",
            "smtp://a?hush",
            "",
        ] {
            let refused = text.parse::<MailServer>().unwrap_err();
            assert!(!refused.to_string().contains("hush"), "{text}");
        }
    }

    #[test]
    fn only_a_plain_address_is_one_to_send_from() {
        for good in ["no-reply@example.org", "a.b+c@localhost", "x@a-b.example"] {
            assert!(good.parse::<SenderAddress>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a@b\r\nBcc: c@d",
            "\"a\"@b",
            "Name <a@b>",
            "a..b@c",
            ".a@b",
            "a@-b",
            "a@b..c",
            "ä@b",
            "a@[127.0.0.1]",
        ] {
            assert!(bad.parse::<SenderAddress>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_does_not_fit_together_is_told_by_its_key() {
        let with = |change: fn(&mut MailConfig)| {
            let mut config = MailConfig {
                server: "smtp://mail.example.org".parse().ok(),
                from: "no-reply@example.org".parse().ok(),
                ..MailConfig::default()
            };
            assert_eq!(config.fault(), None);
            change(&mut config);
            config
        };
        for (key, change) in [
            ("mail.from must", (|c| c.from = None) as fn(&mut MailConfig)),
            ("mail.server is not set", |c| c.server = None),
            ("mail.user and", |c| c.user = Some("idp".to_owned())),
            ("mail.user and", |c| c.password_file = Some("p".into())),
            ("mail.tls is none, but", |c| {
                c.tls = MailTls::None;
                c.server = "smtps://a".parse().ok();
            }),
            ("in the clear", |c| {
                c.tls = MailTls::None;
                c.user = Some("idp".to_owned());
                c.password_file = Some("p".into());
            }),
            ("mail.time_limit", |c| c.time_limit = ConfigDuration::seconds(0)),
            ("mail.time_limit", |c| c.time_limit = ConfigDuration::hours(1)),
            ("mail.per_hour", |c| c.per_hour = 0),
        ] {
            assert!(with(change).fault().unwrap().contains(key), "{key}");
        }
        assert!(with(|c| c.tls = MailTls::None).doubt().is_some());
        assert_eq!(with(|_| ()).doubt(), None);
    }
}
