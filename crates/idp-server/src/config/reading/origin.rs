//! Where a value of the configuration was written.

use std::{collections::BTreeMap, fmt, path::PathBuf};

/// Where a value comes from; a later source wins over an earlier one.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub enum Origin {
    /// Built in.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// A variable `IDP_...`.
    Environment,
    /// `--set`, or a flag of its own.
    Flag,
}

/// The origin of each key that is not at its default.
pub type Origins = BTreeMap<String, Origin>;

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment => f.write_str("environment"),
            Self::Flag => f.write_str("flag"),
        }
    }
}
