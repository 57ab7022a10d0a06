//! The variables `IDP_*`: `IDP_TOKEN__ACCESS` sets `token.access`. Which variables of that prefix a platform sets for
//! purposes of its own is decided in `service_variable`.

use super::{known_keys::KnownKeys, service_variable::ServiceVariables};

/// Variables that begin with this belong to the provider.
const PREFIX: &str = "IDP_";

/// Names the configuration file itself and is therefore no key.
pub(super) const FILE_VARIABLE: &str = "IDP_CONFIG";

/// What the environment says to the provider.
pub(super) struct Environment {
    /// The keys that are set, with their values in text form. Unknown keys are among them.
    pub(super) settings: Vec<(String, String)>,
    /// Variables that have the prefix and belong to a platform.
    pub(super) ignored: Vec<String>,
}

impl Environment {
    /// Reads the variables with the prefix. An empty variable counts as unset, because that is how container tools
    /// unset one.
    pub(super) fn read(variables: &[(String, String)], known: &KnownKeys) -> Self {
        let of_services = ServiceVariables::in_environment(variables);
        let mut environment = Self { settings: Vec::new(), ignored: Vec::new() };
        for (name, value) in variables {
            let Some(key) = key_of(name).filter(|_| name != FILE_VARIABLE && !value.is_empty()) else {
                continue;
            };
            if !known.contains(&key) && of_services.contains(name, value) {
                environment.ignored.push(name.clone());
            } else {
                environment.settings.push((key, value.clone()));
            }
        }
        environment.ignored.sort();
        environment
    }
}

fn key_of(variable: &str) -> Option<String> {
    Some(variable.strip_prefix(PREFIX)?.to_ascii_lowercase().replace("__", "."))
}

/// The variable that sets `key`.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.to_ascii_uppercase().replace('.', "__"))
}

#[cfg(test)]
#[path = "environment_tests.rs"]
mod tests;
