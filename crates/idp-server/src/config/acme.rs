//! The `[tls.acme]` table: certificates from a certificate authority that speaks ACME (RFC 8555). `acme` orders them.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::socket_addresses::socket_addresses;

/// Where Let's Encrypt is, in production.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// Names that one certificate may have at Let's Encrypt.
const MOST_DOMAINS: usize = 100;
/// A URL that is longer is no key of a table.
const LONGEST_URL: usize = 500;

/// The `[tls.acme]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AcmeConfig {
    /// The host names that the certificate is for. Empty, nothing is ordered.
    pub domains: Vec<AcmeDomain>,
    /// The directory of the certificate authority.
    pub directory_url: DirectoryUrl,
    /// Where the authority writes to about certificates, as `mailto:` addresses.
    pub contact: Vec<AcmeContact>,
    /// Whether the operator agrees to the authority's terms of service.
    pub terms_agreed: bool,
    /// Certificates (PEM) that are trusted at the directory beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Who the operator is to an authority that wants to know its customers (external account binding).
    pub eab_kid: Option<String>,
    /// The file with the key that goes with it, in base64url.
    pub eab_hmac_key_file: Option<PathBuf>,
    /// Where the authority looks for the answers to its challenges over http, and browsers are led to https.
    #[serde(deserialize_with = "socket_addresses")]
    pub http_listen: Vec<SocketAddr>,
}

impl Default for AcmeConfig {
    fn default() -> Self {
        Self {
            domains: Vec::new(),
            directory_url: DirectoryUrl(LETS_ENCRYPT.to_owned()),
            contact: Vec::new(),
            terms_agreed: false,
            ca_file: None,
            eab_kid: None,
            eab_hmac_key_file: None,
            http_listen: vec![SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 80)],
        }
    }
}

impl AcmeConfig {
    /// Whether certificates are ordered.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        !self.domains.is_empty()
    }

    /// What does not fit together, in words for the operator; `host` is that of `issuer.url`, and `ports` are taken by others.
    pub(super) fn fault(&self, host: &str, ports: &[u16]) -> Option<String> {
        if !self.is_on() {
            return None;
        }
        if !self.terms_agreed {
            let directory = &self.directory_url;
            return Some(format!(
                "tls.acme.terms_agreed is false: read the terms of service that {directory} names, and set it to true"
            ));
        }
        if !self.domains.iter().any(|domain| domain.as_str() == host) {
            return Some(format!(
                "tls.acme.domains leaves out {host}, the host of issuer.url: browsers would refuse the certificate"
            ));
        }
        if self.domains.len() > MOST_DOMAINS {
            return Some(format!("tls.acme.domains has more than {MOST_DOMAINS} names"));
        }
        let taken = |address: &&SocketAddr| address.port() != 0 && ports.contains(&address.port());
        if let Some(taken) = self.http_listen.iter().find(taken) {
            return Some(format!(
                "tls.acme.http_listen names {taken}, whose port listen.port or metrics.listen has: give it another one"
            ));
        }
        (self.eab_kid.is_some() != self.eab_hmac_key_file.is_some()).then(|| {
            "tls.acme.eab_kid and tls.acme.eab_hmac_key_file belong together: set both or neither".to_owned()
        })
    }
}

/// A host name in ASCII: no address, and no wildcard, which http-01 cannot prove (RFC 8555 8.3).
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AcmeDomain(String);

/// It is no such name.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be a host name in lower case, such as id.example.com, and neither an address nor a wildcard")]
pub struct UnfitDomain;

impl AcmeDomain {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AcmeDomain {
    type Err = UnfitDomain;

    fn from_str(text: &str) -> Result<Self, UnfitDomain> {
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        };
        let is_name = text.len() <= 253 && text.split('.').all(is_label);
        let is_domain = matches!(Host::parse(text), Ok(Host::Domain(_)));
        if is_name && is_domain { Ok(Self(text.to_owned())) } else { Err(UnfitDomain) }
    }
}

/// An address of an operator.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AcmeContact(String);

/// It is no such address.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be one e-mail address with mailto: before it, such as mailto:certificates@example.com")]
pub struct UnfitContact;

impl AcmeContact {
    /// As the authority takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AcmeContact {
    type Err = UnfitContact;

    /// RFC 8555 7.3: neither header fields nor more than one address.
    fn from_str(text: &str) -> Result<Self, UnfitContact> {
        let address = text.strip_prefix("mailto:").ok_or(UnfitContact)?;
        let is_one =
            idp_core::mail_address::MailAddress::parse(address).is_ok() && !address.contains(['?', ',']);
        is_one.then(|| Self(text.to_owned())).ok_or(UnfitContact)
    }
}

/// The address of a directory (RFC 8555 7.1.1), over https alone (6.1).
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DirectoryUrl(String);

/// It is no such address.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error(
    "must be the address of an ACME directory over https, such as https://acme-v02.api.letsencrypt.org/directory, \
     without a user or a fragment"
)]
pub struct UnfitDirectoryUrl;

impl DirectoryUrl {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for DirectoryUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DirectoryUrl {
    type Err = UnfitDirectoryUrl;

    fn from_str(text: &str) -> Result<Self, UnfitDirectoryUrl> {
        let url = Url::parse(text).map_err(|_| UnfitDirectoryUrl)?;
        let is_fit = url.scheme() == "https"
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && url.as_str().len() <= LONGEST_URL;
        is_fit.then(|| Self(url.into())).ok_or(UnfitDirectoryUrl)
    }
}

/// Reads a type from its text, and writes it as such.
macro_rules! from_text {
    ($($name:ident fails $error:ident;)+) => {$(
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    )+};
}

from_text! {
    AcmeDomain fails UnfitDomain;
    AcmeContact fails UnfitContact;
    DirectoryUrl fails UnfitDirectoryUrl;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_domain_is_a_host_name_that_http_can_prove() {
        for fit in ["id.example.com", "localhost", "xn--bcher-kva.example", "a-1.example"] {
            assert_eq!(fit.parse::<AcmeDomain>().unwrap().as_str(), fit);
        }
        let long = format!("{}.example", "a".repeat(64));
        for unfit in [
            "",
            "*.example.com",
            "Id.example.com",
            "bücher.example",
            "127.0.0.1",
            "[::1]",
            "1.2",
            "a..b",
            "a.example.",
            "-a.example",
            "a.example:443",
            "a example",
            "a\0.example",
            &long,
        ] {
            assert_eq!(unfit.parse::<AcmeDomain>(), Err(UnfitDomain), "{unfit:?}");
        }
    }

    #[test]
    fn a_contact_is_one_address_and_nothing_more() {
        assert!("mailto:ops@example.com".parse::<AcmeContact>().is_ok());
        for unfit in [
            "ops@example.com",
            "mailto:",
            "mailto:a@b.example,c@d.example",
            "mailto:a@b.example?subject=x",
            "tel:1",
        ] {
            assert_eq!(unfit.parse::<AcmeContact>(), Err(UnfitContact), "{unfit}");
        }
    }

    #[test]
    fn a_directory_is_asked_over_https_alone() {
        assert!(LETS_ENCRYPT.parse::<DirectoryUrl>().is_ok());
        let long = format!("https://ca.example/{}", "a".repeat(LONGEST_URL));
        for unfit in [
            "",
            "http://ca.example/dir",
            "https://me@ca.example/",
            "https://ca.example/#x",
            "ca.example",
            &long,
        ] {
            assert_eq!(unfit.parse::<DirectoryUrl>(), Err(UnfitDirectoryUrl), "{unfit}");
        }
    }

    #[test]
    fn what_would_give_no_certificate_that_browsers_take_is_refused() {
        let host = "id.example.com";
        assert_eq!(AcmeConfig::default().fault(host, &[80]), None);
        let on =
            AcmeConfig { domains: vec![host.parse().unwrap()], terms_agreed: true, ..AcmeConfig::default() };
        assert_eq!(on.fault(host, &[443, 9464]), None);
        assert!(on.fault("other.example.com", &[]).unwrap().contains("tls.acme.domains"));
        assert!(on.fault(host, &[443, 80]).unwrap().contains("tls.acme.http_listen"));
        let disagreeing = AcmeConfig { terms_agreed: false, ..on.clone() };
        assert!(disagreeing.fault(host, &[]).unwrap().contains("tls.acme.terms_agreed"));
        let half = AcmeConfig { eab_kid: Some("kid".to_owned()), ..on };
        assert!(half.fault(host, &[]).unwrap().contains("tls.acme.eab_hmac_key_file"));
    }
}
