//! What a person is, for sites: the names of their roles and groups, and the values of their attributes.

use super::{GroupName, RoleName};
use crate::user::attribute::{AttributeName, AttributeValue};
use std::collections::{BTreeMap, BTreeSet};

/// The roles and groups of a person, each once and sorted, and what sites may be told of them besides. Who may sign in and what
/// they may do rests on roles and groups alone.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct Memberships {
    /// Their roles, those that they have by a group among them.
    pub roles: BTreeSet<RoleName>,
    /// The groups that they are in.
    pub groups: BTreeSet<GroupName>,
    /// The attributes that they have a value of.
    pub attributes: BTreeMap<AttributeName, HeldAttribute>,
}

/// A value of an attribute, and whose word it is.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct HeldAttribute {
    /// The value.
    pub value: AttributeValue,
    /// Whether the person may change it: then it says nothing of what they may do.
    pub is_persons: bool,
}
