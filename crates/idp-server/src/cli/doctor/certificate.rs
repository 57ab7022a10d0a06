//! The certificate that the world sees at `issuer.url`: that of a proxy, where there is one.

use reqwest::tls::TlsInfo;
use rustls::pki_types::CertificateDer;

use super::web::Web;
use crate::{
    cli::checks::Finding,
    date::rfc3339,
    tls::{certificate_ends, certificate_problem},
};
use idp_core::{discovery::path, time::UnixTime};

const CHECK: &str = "certificate seen";

/// Whether browsers take it. Whether what vouches for it is trusted shows in the requests that check it.
pub(super) async fn look(web: &Web, now: UnixTime) -> Vec<Finding> {
    if web.url.scheme() != "https" {
        return Vec::new();
    }
    let asked = web.get_whatever_the_certificate(&web.address(path::HEALTH_LIVE)).send().await;
    // That nothing answers is said where the provider is looked at.
    let Ok(answer) = asked else { return Vec::new() };
    let info = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
    let Some(certificate) = info.map(CertificateDer::from) else { return Vec::new() };
    let host = web.url.host_str().unwrap_or_default();
    vec![match certificate_problem(&certificate, host, now) {
        Some(problem) => {
            let words = format!("at {}: {}", web.issuer, problem.words());
            let mend = problem.mend();
            match problem.is_fault() {
                true => Finding::unusable(CHECK, words).mended_by(mend),
                false => Finding::note(CHECK, words).mended_by(mend),
            }
        }
        None => {
            let until = certificate_ends(&certificate).map(rfc3339).unwrap_or_default();
            Finding::well(CHECK, format!("{} shows one for {host}, until {until}", web.issuer))
        }
    }]
}
