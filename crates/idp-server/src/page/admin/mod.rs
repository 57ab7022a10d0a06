//! The pages of administrators. Each has the navigation, which names the rooms that the person may enter and no other.

mod add_member;
mod ask;
mod audit;
mod client;
pub mod client_fields;
mod confirm;
mod deliveries;
mod edit;
mod group;
mod keys;
mod list;
mod nav;
mod notice;
mod overview;
pub mod people;
mod permission;
pub mod picture;
mod role;
mod settings;

pub use add_member::AdminAddMemberPage;
pub use ask::{AdminAskPage, AdminQuestion, Counted};
pub use audit::{AUDIT_EVENTS, AdminAuditPage, AuditFields, AuditLine, AuditLink};
pub use client::{AdminClientPage, AdminClientSecretsPage, AdminEditClientPage, ClientActs, NewClientFields};
pub use client_fields::{ClientFact, ClientField};
pub use confirm::{AdminConfirmPage, Removal};
pub use deliveries::{AdminDeliveriesPage, AdminFeedPage, DeliveryLine, DeliveryState, FeedLine};
pub use edit::{AdminEditPage, StoredThing};
pub use group::{AdminGroupPage, GroupActs, MemberLine};
pub use keys::{AdminKeysPage, KeyLine, KeyStanding};
pub use list::{AdminLine, AdminListPage};
pub use nav::{AdminNav, AdminRoom};
pub use notice::{AdminAct, AdminProblem, AdminReceipt};
pub use overview::{AdminOverviewPage, Attention, DeliveryPicture, SignInPicture, SitePicture};
pub use permission::{PermissionBox, permission_words};
pub use role::AdminRolePage;
pub use settings::{AdminSettingsPage, SettingLine, SettingOrigin};
