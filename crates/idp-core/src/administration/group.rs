//! Groups of people, who have its roles.

use super::GroupName;
use crate::time::UnixTime;
use uuid::Uuid;

/// A group. Groups are flat: one that stands within another elsewhere has both names in its own, such as `staff/finance`.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Group {
    /// Its id, which stays when it is renamed.
    pub id: Uuid,
    /// What it is called.
    pub name: GroupName,
    /// What it is for, in words for people.
    pub description: String,
    /// What the system that provisions it calls it (SCIM, RFC 7643 3.1).
    pub external_id: Option<String>,
    /// Since when it exists.
    pub created_at: UnixTime,
}
