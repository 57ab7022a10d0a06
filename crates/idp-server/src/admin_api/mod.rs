//! The administration API: every operation once, with its path, what it takes, what it needs and what it answers. From this
//! list come the routes (`http/admin_api`), the OpenAPI document, and what commands send, to a server or to the database at
//! hand. The acts themselves are the directory's.

pub mod attributes;
pub mod audit;
pub mod audit_seals;
pub mod client;
pub mod client_effects;
pub mod client_metadata;
pub mod client_secrets;
pub mod clients;
pub mod deliveries;
pub mod everybody;
pub mod explain;
mod export;
pub mod feed_listeners;
pub mod groups;
pub mod keys;
pub mod me;
mod member;
pub mod openapi;
mod openapi_links;
mod operation;
mod page;
mod precondition;
mod problem;
pub mod roles;
mod schema;
pub mod settings;
mod timestamp;
pub mod users;

pub use export::{Export, Part};
pub use operation::{
    Answered, Body, Input, Method, NoAnswer, NoBody, NoPath, NoQuery, Operation, Visitor, run,
};
pub use page::{List, MOST_ROWS, PageQuery, Paged};
pub use precondition::{EntityTag, IfMatch};
pub use problem::{FieldProblem, Problem};
pub use timestamp::Timestamp;

/// Where the API is mounted; its resource indicator is the issuer with this behind it.
pub const BASE: &str = idp_core::discovery::path::ADMINISTRATION;

/// Shows every operation to `visitor`, in the order of the documentation.
pub fn visit_all(visitor: &mut impl Visitor) {
    visitor.visit::<me::GetMe>();
    visitor.visit::<users::list::ListUsers>();
    visitor.visit::<users::create::CreateUser>();
    visitor.visit::<users::GetUser>();
    visitor.visit::<users::change::UpdateUser>();
    visitor.visit::<users::change::DeleteUser>();
    visitor.visit::<users::change::DisableUser>();
    visitor.visit::<users::change::EnableUser>();
    visitor.visit::<users::change::SignOutUser>();
    visitor.visit::<users::password::SetPassword>();
    visitor.visit::<users::password::SendPasswordLink>();
    visitor.visit::<users::methods::ListMethods>();
    visitor.visit::<users::methods::ResetMethods>();
    visitor.visit::<users::methods::RemoveMethod>();
    visitor.visit::<users::addresses::ListAddresses>();
    visitor.visit::<users::addresses::AddAddress>();
    visitor.visit::<users::addresses::VerifyAddress>();
    visitor.visit::<users::addresses::MakeAddressPrimary>();
    visitor.visit::<users::addresses::RemoveAddress>();
    visitor.visit::<users::sessions::ListSessions>();
    visitor.visit::<users::sessions::EndSession>();
    visitor.visit::<users::sessions::EndOtherSessions>();
    visitor.visit::<users::sites::ListConsents>();
    visitor.visit::<users::sites::WithdrawConsent>();
    visitor.visit::<users::terms::ListAcceptedTerms>();
    visitor.visit::<users::rights::ListGroupsOfUser>();
    visitor.visit::<users::rights::ListRolesOfUser>();
    visitor.visit::<users::rights::GiveUserRole>();
    visitor.visit::<users::rights::TakeUserRole>();
    visitor.visit::<users::invitations::ListInvitations>();
    visitor.visit::<users::invitations::CreateInvitation>();
    visitor.visit::<users::invitations::GetInvitation>();
    visitor.visit::<users::invitations::WithdrawInvitation>();
    visitor.visit::<everybody::CountSessions>();
    visitor.visit::<everybody::SignOutEverybody>();
    visitor.visit::<groups::ListGroups>();
    visitor.visit::<groups::CreateGroup>();
    visitor.visit::<groups::GetGroup>();
    visitor.visit::<groups::UpdateGroup>();
    visitor.visit::<groups::DeleteGroup>();
    visitor.visit::<groups::ListMembers>();
    visitor.visit::<groups::AddMember>();
    visitor.visit::<groups::RemoveMember>();
    visitor.visit::<groups::ListGroupRoles>();
    visitor.visit::<groups::GiveGroupRole>();
    visitor.visit::<groups::TakeGroupRole>();
    visitor.visit::<attributes::ListAttributes>();
    visitor.visit::<attributes::CreateAttribute>();
    visitor.visit::<attributes::GetAttribute>();
    visitor.visit::<attributes::CountAttributeUse>();
    visitor.visit::<attributes::UpdateAttribute>();
    visitor.visit::<attributes::DeleteAttribute>();
    visitor.visit::<roles::ListRoles>();
    visitor.visit::<roles::CreateRole>();
    visitor.visit::<roles::GetRole>();
    visitor.visit::<roles::UpdateRole>();
    visitor.visit::<roles::DeleteRole>();
    visitor.visit::<clients::ListClients>();
    visitor.visit::<clients::RegisterClient>();
    visitor.visit::<clients::GetClient>();
    visitor.visit::<clients::UpdateClient>();
    visitor.visit::<clients::DeleteClient>();
    visitor.visit::<client_effects::PreviewClient>();
    visitor.visit::<client_effects::CountGrants>();
    visitor.visit::<client_secrets::ListSecrets>();
    visitor.visit::<client_secrets::AddSecret>();
    visitor.visit::<client_secrets::SetSecret>();
    visitor.visit::<client_secrets::RemoveSecret>();
    visitor.visit::<client_secrets::RemoveOlderSecrets>();
    visitor.visit::<client_secrets::SetLogo>();
    visitor.visit::<client_secrets::RemoveLogo>();
    visitor.visit::<keys::ListKeys>();
    visitor.visit::<keys::RotateKeys>();
    visitor.visit::<keys::RetireKey>();
    visitor.visit::<keys::GiveUpKey>();
    visitor.visit::<settings::GetSettings>();
    visitor.visit::<audit::ListAuditEvents>();
    visitor.visit::<audit_seals::ListAuditSeals>();
    visitor.visit_export::<audit::ExportAuditLines>();
    visitor.visit_export::<audit::ExportAuditCsv>();
    visitor.visit::<deliveries::ListMails>();
    visitor.visit::<deliveries::RetryMail>();
    visitor.visit::<deliveries::GiveUpMail>();
    visitor.visit::<deliveries::ListLogoutDeliveries>();
    visitor.visit::<deliveries::RetryLogoutDelivery>();
    visitor.visit::<deliveries::GiveUpLogoutDelivery>();
    visitor.visit::<feed_listeners::ListFeedListeners>();
    visitor.visit::<explain::Explain>();
}
