//! The variables `IDP_*`: `IDP_TOKEN__ACCESS` sets `token.access`.

/// Variables that begin with this belong to the provider.
const PREFIX: &str = "IDP_";

/// Names the configuration file itself and is therefore no key.
pub(super) const FILE_VARIABLE: &str = "IDP_CONFIG";

/// The keys that the variables set, with their values. Variables without the prefix are left out. An empty variable
/// counts as unset, because that is how container tools unset one.
pub(super) fn environment_keys(variables: &[(String, String)]) -> Vec<(String, String)> {
    variables
        .iter()
        .filter(|(name, value)| name != FILE_VARIABLE && !value.is_empty())
        .filter_map(|(name, value)| {
            let key = name.strip_prefix(PREFIX)?.to_ascii_lowercase().replace("__", ".");
            Some((key, value.clone()))
        })
        .collect()
}
