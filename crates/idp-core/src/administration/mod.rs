//! Who may administer what: permissions, the roles that carry them, and the groups that carry roles.

mod group;
mod label;
mod memberships;
mod permission;
mod role;

pub use group::Group;
pub use label::{GroupName, LONGEST_LABEL, MalformedLabel, RoleName};
pub use memberships::{HeldAttribute, Memberships};
pub use permission::{Permission, Permissions, UnknownPermission};
pub use role::{BUILT_IN_ROLES, BuiltInRole, Role, RolePermissions};
