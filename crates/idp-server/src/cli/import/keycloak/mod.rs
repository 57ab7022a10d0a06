//! A realm that Keycloak has exported (`kc.sh export`): in one file, or in a folder with the people in files of their own. The realm
//! itself is read first, without the people; these are read one after the other, so that a million of them need no memory.
//!
//! Roles are called as there, those of a client `CLIENT:ROLE`; groups by their path without the first stroke; both are flat here, so
//! who has a composite role gets all that it is made of, and a group the roles of those around it.

mod clients;
mod credentials;
mod export;
mod mappers;
mod names;
mod person;
mod representation;
mod setup;

pub(super) use export::Export;
pub(super) use setup::take_realm;

/// The clients that every realm has for Keycloak itself.
const BUILT_IN_CLIENTS: [&str; 6] =
    ["account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"];
/// The roles likewise; and the one that all people have (`defaultRole`).
const BUILT_IN_ROLES: [&str; 2] = ["offline_access", "uma_authorization"];
/// The client scopes likewise.
const BUILT_IN_SCOPES: [&str; 15] = [
    "acr",
    "address",
    "basic",
    "email",
    "microprofile-jwt",
    "offline_access",
    "organization",
    "phone",
    "profile",
    "role_list",
    "roles",
    "saml_organization",
    "service_account",
    "web-origins",
    "openid",
];
