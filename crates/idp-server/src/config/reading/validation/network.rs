//! Where the server listens and for whom, and where it sends letters, events and traces.

use std::net::{IpAddr, SocketAddr};

use super::when;
use crate::config::{Config, ConfigDuration};

pub(super) fn some_address_is_bound(config: &Config) -> Option<String> {
    when(config.listen.addresses.is_empty(), "listen.addresses is empty: no client could reach the server")
}

pub(super) fn metrics_have_a_port_of_their_own(config: &Config) -> Option<String> {
    let listen = &config.listen;
    let is_ours = |ip: IpAddr| listen.addresses.iter().any(|own| *own == ip || own.is_unspecified());
    let taken = config.metrics.listen.iter().find(|address| {
        listen.port != 0
            && address.port() == listen.port
            && (address.ip().is_unspecified() || is_ours(address.ip()))
    });
    taken.map(|address| {
        format!(
            "metrics.listen names {address}, which is where listen.port takes people: give it another port"
        )
    })
}

pub(super) fn drain_is_short(config: &Config) -> Option<String> {
    let delay = config.listen.drain_delay;
    when(
        delay > ConfigDuration::minutes(5),
        format!("listen.drain_delay is {delay}; it may be 5m at most, for a stop takes as long"),
    )
}

pub(super) fn the_certificate_is_from_one_place(config: &Config) -> Option<String> {
    let ports: Vec<u16> =
        config.metrics.listen.iter().map(SocketAddr::port).chain([config.listen.port]).collect();
    config.tls.fault(config.issuer.url.host(), &ports)
}

pub(super) fn tls_is_for_an_https_issuer(config: &Config) -> Option<String> {
    let setting = if config.tls.acme.is_on() { "tls.acme.domains" } else { "tls.certificate" };
    when(
        config.tls.is_on() && !config.issuer.url.is_https(),
        format!("{setting} is set, so issuer.url must begin with https://"),
    )
}

pub(super) fn heartbeats_are_not_missed(config: &Config) -> Option<String> {
    let heartbeat = config.feed.heartbeat;
    when(
        !(ConfigDuration::seconds(1)..=ConfigDuration::seconds(2)).contains(&heartbeat),
        format!("feed.heartbeat is {heartbeat}; it must be 1s or 2s: readers hang up after 3 s of silence"),
    )
}

pub(super) fn mail_can_be_sent(config: &Config) -> Option<String> {
    config.mail.fault().map(str::to_owned)
}

pub(super) fn audit_log_can_be_kept(config: &Config) -> Option<String> {
    config.audit.fault().map(str::to_owned)
}

pub(super) fn traces_can_be_sent(config: &Config) -> Option<String> {
    config.traces.fault().map(str::to_owned)
}

pub(super) fn traces_begin_at_a_proxy_that_is_there(config: &Config) -> Option<String> {
    when(
        config.traces.proxies_begin && config.proxy.trusted.is_empty(),
        "traces.proxies_begin is true, but proxy.trusted names no proxy",
    )
}
