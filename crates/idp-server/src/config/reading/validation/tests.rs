#![allow(clippy::unwrap_used)]
use super::*;
use crate::config::{ConfigDuration, warnings};
use idp_core::authentication::{Methods, Requirement};
use idp_core::color::Color;

fn password_alone() -> Methods {
    vec!["password".to_owned()].try_into().unwrap()
}

fn ordering(config: &mut Config) {
    config.issuer.url = "https://id.example.com".parse().unwrap();
    config.tls.acme.domains = vec!["id.example.com".parse().unwrap()];
    config.tls.acme.terms_agreed = true;
}

#[test]
fn certificates_that_can_be_ordered_pass_every_check() {
    let mut config = Config::default();
    ordering(&mut config);
    assert_eq!(violations(&config), Vec::<String>::new());
    assert_eq!(warnings(&config), Vec::<String>::new());
}

#[test]
fn the_defaults_pass_every_check() {
    assert_eq!(violations(&Config::default()), Vec::<String>::new());
    assert_eq!(warnings(&Config::default()), Vec::<String>::new());
}

/// One change away from the defaults, each check fails and names the key.
#[test]
fn each_check_names_what_to_change() {
    type Change = fn(&mut Config);
    let changes: &[(&str, Change)] = &[
        ("listen.addresses", |c| c.listen.addresses.clear()),
        ("metrics.listen", |c| c.metrics.listen = vec!["127.0.0.1:8080".parse().unwrap()]),
        ("metrics.listen", |c| c.metrics.listen = vec!["0.0.0.0:8080".parse().unwrap()]),
        ("traces.service_name", |c| c.traces.service_name = " ".to_owned()),
        ("traces.proxies_begin", |c| c.traces.proxies_begin = true),
        ("traces.endpoint", |c| c.traces.headers_file = Some("headers".into())),
        ("listen.drain_delay", |c| c.listen.drain_delay = ConfigDuration::minutes(6)),
        ("tls.certificate", |c| c.tls.certificate = Some("a.pem".into())),
        ("tls.acme.domains", |c| {
            // Of an issuer over http.
            ordering(c);
            c.issuer.url = "http://localhost:8080".parse().unwrap();
            c.tls.acme.domains = vec!["localhost".parse().unwrap()];
        }),
        ("tls.acme.domains", |c| {
            ordering(c);
            (c.tls.certificate, c.tls.key) = (Some("a.pem".into()), Some("a.key".into()));
        }),
        ("tls.acme.terms_agreed", |c| {
            ordering(c);
            c.tls.acme.terms_agreed = false;
        }),
        ("tls.acme.http_listen", |c| {
            ordering(c);
            c.tls.acme.http_listen = vec!["127.0.0.1:8080".parse().unwrap()];
        }),
        ("storage.database_url", |c| c.storage.database_url = Some("postgresql:typo".into())),
        ("storage.master_key_command", |c| {
            c.storage.master_key_file = Some("key".into());
            c.storage.master_key_command = vec!["print-key".into()];
        }),
        ("storage.direct_url", |c| c.storage.direct_url = Some("postgres://db/idp".into())),
        ("issuer.service_name", |c| c.issuer.service_name = "a\nb".into()),
        ("theme.light.text", |c| c.theme.light.text = Some(Color::WHITE)),
        ("theme.dark.accent", |c| c.theme.dark.accent = Some(Color::BLACK)),
        ("theme.radius", |c| c.theme.radius = Some(25)),
        ("theme.fonts", |c| c.theme.fonts = vec!["a\"; } * { display: none".to_owned()]),
        ("theme.fonts", |c| c.theme.fonts = vec!["a".to_owned(); 9]),
        ("theme.terms", |c| {
            let link = idp_core::web_link::WebLink::parse("https://a.example").unwrap();
            c.theme.terms = Some(crate::config::LinkByLanguage::Each(vec![("zh-CN".parse().unwrap(), link)]));
        }),
        ("language.default", |c| c.language.offered = vec!["zh-CN".parse().unwrap()]),
        ("key.bits", |c| c.key.bits = 1024),
        ("key.publish_ahead", |c| c.key.publish_ahead = ConfigDuration::seconds(1)),
        ("key.rotate_every", |c| c.key.rotate_every = ConfigDuration::hours(1)),
        ("key.keep_retired", |c| c.key.keep_retired = ConfigDuration::minutes(30)),
        ("token.id", |c| c.token.id = ConfigDuration::hours(1)),
        ("token.access", |c| c.token.access = ConfigDuration::days(2)),
        ("token.code", |c| c.token.code = ConfigDuration::hours(1)),
        ("feed.heartbeat", |c| c.feed.heartbeat = ConfigDuration::seconds(5)),
        ("token.refresh_grace", |c| c.token.refresh_grace = ConfigDuration::hours(1)),
        ("session.idle", |c| c.session.idle = ConfigDuration::days(300)),
        ("session.max_devices", |c| c.session.max_devices = 0),
        ("session.max_devices", |c| c.session.max_devices = 51),
        ("token.refresh_idle", |c| c.token.refresh_idle = ConfigDuration::days(300)),
        ("token.access", |c| c.token.access = ConfigDuration::seconds(0)),
        ("authentication.levels", |c| c.authentication.methods = password_alone()),
        ("authentication.required", |c| {
            c.authentication.methods = password_alone();
            c.authentication.levels = vec!["1=any".to_owned()].try_into().unwrap();
            c.authentication.required = Requirement::TwoFactors;
        }),
        ("authentication.mail_fallback", |c| c.authentication.mail_fallback = true),
        ("authentication.mail_fallback", |c| {
            c.mail.server = "smtp://localhost".parse().ok();
            c.authentication.mail_fallback = true;
            c.authentication.required = Requirement::TwoFactors;
        }),
        ("authentication.enrolment_grace", |c| {
            c.authentication.enrolment_grace = ConfigDuration::days(367);
        }),
        ("account.fresh", |c| c.account.fresh = ConfigDuration::seconds(30)),
        ("account.fresh", |c| c.account.fresh = ConfigDuration::days(1)),
        ("account.terms_version", |c| c.account.terms_version = "2026-11".parse().ok()),
        ("account.deletion_grace", |c| c.account.deletion_grace = ConfigDuration::days(91)),
        ("account.registration", |c| c.account.registration = "invitation".to_owned().try_into().unwrap()),
        ("password.memory_kib", |c| c.password.memory_kib = 1024),
        ("password.iterations", |c| c.password.iterations = 0),
        ("password.iterations", |c| c.password.iterations = 1000),
        ("password.minimum_length", |c| c.password.minimum_length = 4),
        ("password.temporary_lifetime", |c| c.password.temporary_lifetime = ConfigDuration::seconds(0)),
        ("password.temporary_lifetime", |c| c.password.temporary_lifetime = ConfigDuration::days(32)),
        ("listen.workers", |c| c.listen.workers = Some(0)),
        ("password.hashing_queue", |c| c.password.hashing_queue = 0),
        ("storage.connections", |c| c.storage.connections = 0),
        ("storage.mounted_secrets", |c| c.storage.mounted_secrets.0 = vec!["secrets".into()]),
        ("storage.mounted_secrets", |c| c.storage.mounted_secrets.0 = vec!["/".into()]),
        ("storage.mounted_secrets", |c| c.storage.mounted_secrets.0 = vec!["/run/secrets/..".into()]),
        ("throttle.account_burst", |c| c.throttle.account_burst = 0),
        ("throttle.address_burst", |c| c.throttle.address_burst = 0),
        ("throttle.proof_bits", |c| c.throttle.proof_bits = 7),
        ("throttle.proof_bits_most", |c| c.throttle.proof_bits_most = 25),
        ("throttle.proof_bits_most", |c| c.throttle.proof_bits = 21),
        ("mail.server", |c| c.mail.user = Some("idp".to_owned())),
        ("mail.from", |c| c.mail.server = "smtp://localhost".parse().ok()),
    ];
    for (key, change) in changes {
        let mut config = Config::default();
        change(&mut config);
        let found = violations(&config);
        assert!(found.iter().any(|words| words.contains(key)), "{key}: {found:?}");
    }
}
