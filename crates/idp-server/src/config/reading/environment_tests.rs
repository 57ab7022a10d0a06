//! Which variables are settings and which a platform made.

#![allow(clippy::unwrap_used)]

use super::*;

fn read(variables: &[(&str, &str)]) -> Environment {
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Environment::read(&variables, &KnownKeys::read().unwrap())
}

/// Each is ignored, and none is taken for a setting.
fn assert_ignored(variables: &[(&str, &str)]) {
    let environment = read(variables);
    assert_eq!(environment.settings, [], "taken for settings");
    assert_eq!(environment.ignored.len(), variables.len(), "{:?}", environment.ignored);
}

/// All that kubelet makes of a Service `idp` with two ports (pkg/kubelet/envvars).
#[test]
fn b6_the_variables_of_a_kubernetes_service_are_ignored() {
    assert_ignored(&[
        ("IDP_SERVICE_HOST", "10.96.0.7"),
        ("IDP_SERVICE_PORT", "8080"),
        ("IDP_SERVICE_PORT_HTTP", "8080"),
        ("IDP_SERVICE_PORT_HTTP_METRICS", "9090"),
        ("IDP_PORT", "tcp://10.96.0.7:8080"),
        ("IDP_PORT_8080_TCP", "tcp://10.96.0.7:8080"),
        ("IDP_PORT_8080_TCP_PROTO", "tcp"),
        ("IDP_PORT_8080_TCP_PORT", "8080"),
        ("IDP_PORT_8080_TCP_ADDR", "10.96.0.7"),
        ("IDP_PORT_9090_UDP", "udp://10.96.0.7:9090"),
        ("IDP_PORT_9090_UDP_PROTO", "udp"),
        ("IDP_PORT_9090_UDP_PORT", "9090"),
        ("IDP_PORT_9090_UDP_ADDR", "10.96.0.7"),
        ("IDP_PORT_9091_SCTP_PROTO", "sctp"),
    ]);
}

/// Services whose names begin with `idp-`, one of them with two hyphens, on IPv6 with and without brackets.
#[test]
fn b6_so_are_those_of_services_whose_names_begin_alike() {
    assert_ignored(&[
        ("IDP_POSTGRES_SERVICE_HOST", "fd00::7"),
        ("IDP_POSTGRES_SERVICE_PORT_POSTGRESQL", "5432"),
        ("IDP_POSTGRES_PORT", "tcp://[fd00::7]:5432"),
        ("IDP_POSTGRES_PORT_5432_TCP", "tcp://fd00::7:5432"),
        ("IDP__BLUE_SERVICE_HOST", "10.96.0.8"),
        ("IDP__BLUE_PORT", "tcp://10.96.0.8:8080"),
        ("IDP_LISTEN_PORT", "tcp://10.96.0.9:8080"),
        ("IDP_PORT_PORT_80_TCP_PORT", "80"),
    ]);
}

/// All that Docker makes of `--link` (moby, daemon/links), a range of ports and the other container's variables included.
#[test]
fn b6_the_variables_of_a_linked_container_are_ignored() {
    assert_ignored(&[
        ("IDP_DB_NAME", "/web/idp-db"),
        ("IDP_DB_PORT", "tcp://172.17.0.5:5432"),
        ("IDP_DB_PORT_5432_TCP", "tcp://172.17.0.5:5432"),
        ("IDP_DB_PORT_5432_TCP_ADDR", "172.17.0.5"),
        ("IDP_DB_PORT_5432_TCP_PORT", "5432"),
        ("IDP_DB_PORT_5432_TCP_PROTO", "tcp"),
        ("IDP_DB_PORT_5432_TCP_START", "tcp://172.17.0.5:5432"),
        ("IDP_DB_PORT_5432_TCP_PORT_START", "5432"),
        ("IDP_DB_PORT_5432_TCP_END", "tcp://172.17.0.5:5433"),
        ("IDP_DB_PORT_5432_TCP_PORT_END", "5433"),
        ("IDP_DB_ENV_POSTGRES_PASSWORD", "anything at all"),
        ("IDP_DB_ENV_IDP_TOKEN__ACCES", "5m"),
    ]);
}

/// A value that no platform writes makes the same names misspelt settings again.
#[test]
fn b6_a_misspelt_setting_stays_one() {
    for (name, value) in [
        ("IDP_PORT", "9000"),
        ("IDP_LISTEN_PORT", "9000"),
        ("IDP_ISSUER_URL", "https://id.example.com"),
        ("IDP_SERVICE_NAME", "Sign-in"),
        ("IDP_SERVICE_HOST", "id.example.com"),
        ("IDP_SERVICE_PORT", "none"),
        ("IDP_PORT_8080_TCP", "8080"),
        ("IDP_PORT_8080_QUIC", "tcp://10.96.0.7:8080"),
        ("IDP_NAME", "/web/other"),
        ("IDP_ENV_PATH", "without a link"),
        ("IDP_TOKEN__ACCES", "5m"),
    ] {
        let environment = read(&[(name, value)]);
        assert_eq!((environment.settings.len(), environment.ignored.len()), (1, 0), "{name}={value}");
    }
}

/// `IDP_LISTEN__PORT` is ours with any value: the value is judged where it is read.
#[test]
fn b6_a_key_that_exists_is_never_ignored() {
    for (name, value) in
        [("IDP_LISTEN__PORT", "tcp://10.0.0.1:80"), ("IDP_ISSUER__SERVICE_NAME", "/a/idp-issuer--service")]
    {
        assert_eq!(read(&[(name, value)]).ignored, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_key_has_one_variable_and_back() {
    assert_eq!(variable_of("issuer.service_name"), "IDP_ISSUER__SERVICE_NAME");
    assert_eq!(key_of("IDP_ISSUER__SERVICE_NAME").as_deref(), Some("issuer.service_name"));
}
