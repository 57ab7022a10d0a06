//! Variables that a platform sets and that only look like ours. Kubernetes gives every pod the address of each Service
//! of its namespace (`enableServiceLinks`), and Docker that of each linked container (`--link`). A Service or a
//! container named `idp` therefore makes `IDP_PORT` and others.
//!
//! A variable is recognised by name and value together: `IDP_PORT=tcp://10.0.0.1:80` is the platform's,
//! `IDP_PORT=9000` is a misspelt setting.

use std::net::IpAddr;

/// Recognises the variables of Services and of linked containers in one environment.
pub(super) struct ServiceVariables {
    /// What the variables of each linked container begin with.
    link_prefixes: Vec<String>,
}

impl ServiceVariables {
    pub(super) fn in_environment(variables: &[(String, String)]) -> Self {
        let link_prefixes = variables.iter().filter_map(|(name, value)| link_prefix(name, value)).collect();
        Self { link_prefixes }
    }

    pub(super) fn contains(&self, name: &str, value: &str) -> bool {
        is_service(name, value) || is_port(name, value) || self.is_link(name, value)
    }

    /// Docker: `{ALIAS}_NAME`, and `{ALIAS}_ENV_{NAME}` for each variable of the linked container.
    fn is_link(&self, name: &str, value: &str) -> bool {
        link_prefix(name, value).is_some()
            || self.link_prefixes.iter().any(|prefix| {
                name.strip_prefix(prefix.as_str()).is_some_and(|field| field.starts_with("_ENV_"))
            })
    }
}

/// `IDP_DB` for `IDP_DB_NAME=/web/idp-db`.
fn link_prefix(name: &str, value: &str) -> Option<String> {
    let prefix = name.strip_suffix("_NAME")?;
    let (_, alias) = value.strip_prefix('/')?.split_once('/')?;
    (alias.to_ascii_uppercase().replace('-', "_") == prefix).then(|| prefix.to_owned())
}

/// Kubernetes: `{NAME}_SERVICE_HOST`, `{NAME}_SERVICE_PORT` and `{NAME}_SERVICE_PORT_{PORT NAME}`.
fn is_service(name: &str, value: &str) -> bool {
    if name.ends_with("_SERVICE_HOST") {
        is_address(value)
    } else {
        (name.ends_with("_SERVICE_PORT") || name.contains("_SERVICE_PORT_")) && is_number(value)
    }
}

/// Both: `{NAME}_PORT` and `{NAME}_PORT_{NUMBER}_{PROTOCOL}[_{FIELD}]`.
fn is_port(name: &str, value: &str) -> bool {
    let after_port = |(at, word): (usize, &str)| name.get(at + word.len()..)?.strip_prefix('_');
    (name.ends_with("_PORT") && is_endpoint(value))
        || name.match_indices("_PORT").filter_map(after_port).any(|field| is_field_of_port(field, value))
}

fn is_field_of_port(field: &str, value: &str) -> bool {
    let Some((number, rest)) = field.split_once('_') else {
        return false;
    };
    let (protocol, field) = rest.split_once('_').unwrap_or((rest, ""));
    is_number(number)
        && is_protocol(&protocol.to_ascii_lowercase())
        && match field {
            "" | "START" | "END" => is_endpoint(value),
            "PORT" | "PORT_START" | "PORT_END" => is_number(value),
            "ADDR" => is_address(value),
            "PROTO" => is_protocol(value),
            _ => false,
        }
}

/// `tcp://10.0.0.1:80`. Kubernetes before 1.20 wrote IPv6 addresses without brackets.
fn is_endpoint(value: &str) -> bool {
    value.split_once("://").is_some_and(|(protocol, rest)| {
        is_protocol(protocol)
            && rest.rsplit_once(':').is_some_and(|(address, port)| {
                is_address(address.trim_matches(['[', ']'])) && is_number(port)
            })
    })
}

fn is_protocol(text: &str) -> bool {
    matches!(text, "tcp" | "udp" | "sctp")
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

fn is_number(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}
