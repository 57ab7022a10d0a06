//! What groups and roles are called. Sites find these names in tokens, so one name has one spelling.

use crate::username::is_invisible;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use unicode_normalization::UnicodeNormalization as _;

/// The longest name, in bytes of its canonical spelling.
pub const LONGEST_LABEL: usize = 128;

/// Not a name of a group or a role.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("a name has 1 to {LONGEST_LABEL} bytes, no space at its ends and no invisible characters")]
pub struct MalformedLabel;

fn canonical(text: &str) -> Result<String, MalformedLabel> {
    let composed: String = text.chars().take(LONGEST_LABEL + 1).nfc().collect();
    let is_fit = (1..=LONGEST_LABEL).contains(&composed.len())
        && composed.trim() == composed
        && !composed.chars().any(|c| c.is_control() || is_invisible(c));
    if is_fit { Ok(composed) } else { Err(MalformedLabel) }
}

macro_rules! label {
    ($name:ident, $what:literal) => {
        #[doc = $what]
        /// In Unicode's composed form (NFC); capitals count.
        #[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The canonical spelling.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = MalformedLabel;

            fn from_str(text: &str) -> Result<Self, MalformedLabel> {
                canonical(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = MalformedLabel;

            fn try_from(text: String) -> Result<Self, MalformedLabel> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(label: $name) -> Self {
                label.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

label!(GroupName, "The name of a group.");
label!(RoleName, "The name of a role.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_short_and_shows_all_of_itself() {
        for fit in ["staff", "Human Resources", "shop:editor", "/a/b", "财务部", &"x".repeat(LONGEST_LABEL)]
        {
            assert_eq!(fit.parse::<GroupName>().as_ref().map(GroupName::as_str), Ok(fit));
        }
        for unfit in
            ["", " ", " staff", "staff ", "a\nb", "a\u{200b}b", "a\0", &"x".repeat(LONGEST_LABEL + 1)]
        {
            assert_eq!(unfit.parse::<RoleName>(), Err(MalformedLabel), "{unfit:?}");
        }
        assert_eq!("e\u{301}".parse::<RoleName>(), "\u{e9}".parse::<RoleName>());
    }
}
