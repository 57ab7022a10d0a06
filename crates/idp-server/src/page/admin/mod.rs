//! The pages of administrators. Each has the navigation, which names the rooms that the person may enter and no other.

mod add_member;
mod confirm;
mod edit;
mod group;
mod list;
mod nav;
mod notice;
mod overview;
pub mod people;
mod permission;
mod role;

pub use add_member::AdminAddMemberPage;
pub use confirm::{AdminConfirmPage, Removal};
pub use edit::{AdminEditPage, StoredThing};
pub use group::{AdminGroupPage, GroupActs, MemberLine};
pub use list::{AdminLine, AdminListPage};
pub use nav::{AdminNav, AdminRoom};
pub use notice::{AdminAct, AdminProblem, AdminReceipt};
pub use overview::{AdminOverviewPage, Attention};
pub use permission::{PermissionBox, permission_words};
pub use role::AdminRolePage;
