//! What may be configured so, and is probably not meant.

use super::validation::{Check, when};
use crate::config::Config;

/// What is allowed but probably not meant, for `config check` and the log at start.
#[must_use]
pub fn warnings(config: &Config) -> Vec<String> {
    let warnings: [Check; 5] = [
        public_listener_for_a_local_issuer,
        https_issuer_without_tls_or_proxy,
        throttle_is_off,
        mail_can_be_read,
        strangers_decide_about_traces,
    ];
    warnings.iter().filter_map(|warning| warning(config)).collect()
}

fn strangers_decide_about_traces(config: &Config) -> Option<String> {
    config.traces.doubt().map(str::to_owned)
}

fn mail_can_be_read(config: &Config) -> Option<String> {
    config.mail.doubt().map(str::to_owned)
}

fn public_listener_for_a_local_issuer(config: &Config) -> Option<String> {
    let public = config.listen.addresses.iter().any(|address| !address.is_loopback());
    when(
        public && !config.issuer.url.is_https(),
        "listen.addresses is open to other machines, but issuer.url can be reached from this one only",
    )
}

fn https_issuer_without_tls_or_proxy(config: &Config) -> Option<String> {
    when(
        config.issuer.url.is_https() && !config.tls.is_on() && config.proxy.trusted.is_empty(),
        "issuer.url is https, but neither tls.certificate, tls.acme.domains nor proxy.trusted is set: \
         all clients behind your proxy would share one address in the throttle",
    )
}

fn throttle_is_off(config: &Config) -> Option<String> {
    when(!config.throttle.enabled, "throttle.enabled is false: passwords may be guessed without limit")
}
