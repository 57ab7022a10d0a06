//! What a person is, for sites: the names of their roles and groups.

use super::{GroupName, RoleName};
use std::collections::BTreeSet;

/// The roles and groups of a person, each once and sorted.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct Memberships {
    /// Their roles, those that they have by a group among them.
    pub roles: BTreeSet<RoleName>,
    /// The groups that they are in.
    pub groups: BTreeSet<GroupName>,
}
