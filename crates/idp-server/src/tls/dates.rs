//! What is wrong with a certificate, or soon will be: its dates, and the hosts that it is for.

use rustls::{
    client::verify_server_name,
    pki_types::{CertificateDer, ServerName},
    server::ParsedCertificate,
};
use x509_cert::{Certificate, der::Decode as _};

use crate::date::rfc3339;
use idp_core::time::UnixTime;

/// How long before its end an operator is told, in days. What renews by itself does so at two thirds of the life of a certificate,
/// which is more than this before its end also where it lives for 47 days.
const DAYS_OF_NOTICE: i64 = 14;
/// What is ordered here is late in this last part of its life, however long that is.
const LATE_PART: i64 = 4;
const DAY: i64 = 24 * 60 * 60;

/// Why browsers refuse a certificate, or soon will.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum CertificateProblem {
    /// It is over.
    #[error("tls.certificate: it ended on {}; browsers refuse it", rfc3339(*.0))]
    Ended(UnixTime),
    /// It begins later: the clock is wrong, or the file is.
    #[error("tls.certificate: it begins on {}; browsers refuse it until then; is the clock of this machine right?", rfc3339(*.0))]
    NotYet(UnixTime),
    /// It is for other hosts.
    #[error("tls.certificate: it is not for {0}, the host of issuer.url; browsers refuse it")]
    OtherHost(String),
    /// It ends soon.
    #[error("tls.certificate: it ends in {days} days, on {}; renew it", rfc3339(*end))]
    EndsSoon {
        /// When.
        end: UnixTime,
        /// In how many whole days.
        days: i64,
    },
    /// It cannot be read as X.509 (RFC 5280).
    #[error("tls.certificate: it is no certificate that can be read")]
    Unreadable,
}

impl CertificateProblem {
    /// Whether browsers refuse it by now.
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        !matches!(self, Self::EndsSoon { .. })
    }

    /// What it is, whatever setting or server the certificate comes from.
    #[must_use]
    pub fn words(&self) -> String {
        self.to_string().trim_start_matches("tls.certificate: ").to_owned()
    }

    /// What to do about it.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Ended(_) | Self::EndsSoon { .. } => {
                "renew the certificate; it is taken up without a restart"
            }
            Self::NotYet(_) => {
                "set the clock of this machine right, or take the certificate that is good now"
            }
            Self::OtherHost(_) => "get a certificate for the host of issuer.url, or set issuer.url right",
            Self::Unreadable => "put a certificate in PEM there, with the chain above it",
        }
    }
}

/// When a certificate ends; `None` for one that cannot be read.
#[must_use]
pub fn ends(certificate: &CertificateDer<'_>) -> Option<UnixTime> {
    Facts::of(certificate).map(|facts| facts.ends)
}

/// Whether a certificate that is ordered here should have been renewed long ago.
#[must_use]
pub fn is_late(certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
    Facts::of(certificate).is_some_and(|facts| {
        let (left, life) = (facts.ends.seconds_since(now), facts.ends.seconds_since(facts.begins));
        left < life / LATE_PART
    })
}

/// When a certificate begins; `None` for one that cannot be read.
#[must_use]
pub fn begins(certificate: &CertificateDer<'_>) -> Option<UnixTime> {
    Facts::of(certificate).map(|facts| facts.begins)
}

/// What a certificate says of itself.
struct Facts {
    begins: UnixTime,
    ends: UnixTime,
}

impl Facts {
    fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let validity = Certificate::from_der(certificate).ok()?.tbs_certificate.validity;
        let time = |since: std::time::Duration| i64::try_from(since.as_secs()).ok().map(UnixTime);
        let (begins, ends) = (validity.not_before.to_unix_duration(), validity.not_after.to_unix_duration());
        Some(Self { begins: time(begins)?, ends: time(ends)? })
    }
}

/// What is wrong with a certificate for `host` at `now`.
#[must_use]
pub fn problem(certificate: &CertificateDer<'_>, host: &str, now: UnixTime) -> Option<CertificateProblem> {
    use CertificateProblem as P;
    let (Some(facts), Ok(parsed)) = (Facts::of(certificate), ParsedCertificate::try_from(certificate)) else {
        return Some(P::Unreadable);
    };
    // The host of a URL has an IPv6 address in brackets.
    let name = ServerName::try_from(host.trim_start_matches('[').trim_end_matches(']'));
    let is_for_host = name.is_ok_and(|name| verify_server_name(&parsed, &name).is_ok());
    if facts.ends <= now {
        return Some(P::Ended(facts.ends));
    }
    if facts.begins > now {
        return Some(P::NotYet(facts.begins));
    }
    if !is_for_host {
        return Some(P::OtherHost(host.to_owned()));
    }
    let days = facts.ends.seconds_since(now) / DAY;
    (days < DAYS_OF_NOTICE).then_some(P::EndsSoon { end: facts.ends, days })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    fn first() -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(include_str!("../../testdata/tls/first.crt").as_bytes()).unwrap()
    }

    #[test]
    fn a_certificate_is_good_between_its_dates_for_its_host() {
        let (certificate, host) = (first(), "idp.localhost");
        let facts = Facts::of(&certificate).unwrap();
        let at = |time: UnixTime| problem(&certificate, host, time);
        assert_eq!(at(facts.begins.plus(-1)), Some(CertificateProblem::NotYet(facts.begins)));
        assert_eq!(at(facts.begins), None);
        assert_eq!(at(facts.ends.plus(-14 * DAY)), None);
        let soon = CertificateProblem::EndsSoon { end: facts.ends, days: 13 };
        assert!(!soon.is_fault());
        assert_eq!(at(facts.ends.plus(1 - 14 * DAY)), Some(soon));
        assert_eq!(at(facts.ends), Some(CertificateProblem::Ended(facts.ends)));
        for other in ["login.example.com", "localhost", "127.0.0.1", "[::1]", ""] {
            let problem = problem(&certificate, other, facts.begins).unwrap();
            assert_eq!(problem, CertificateProblem::OtherHost(other.to_owned()));
            assert!(problem.is_fault());
        }
        let garbage = CertificateDer::from(vec![0x30, 0x03, 1, 2, 3]);
        assert_eq!((begins(&certificate), ends(&certificate)), (Some(facts.begins), Some(facts.ends)));
        assert_eq!((begins(&garbage), ends(&garbage)), (None, None));
        let quarter = facts.ends.seconds_since(facts.begins) / 4;
        assert!(!is_late(&certificate, facts.ends.plus(-quarter)) && !is_late(&garbage, facts.ends));
        assert!(is_late(&certificate, facts.ends.plus(1 - quarter)));
        assert_eq!(problem(&garbage, host, facts.begins), Some(CertificateProblem::Unreadable));
    }
}
