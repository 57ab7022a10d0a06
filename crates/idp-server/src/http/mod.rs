//! The endpoints, a file each. A handler takes what it needs by type, loads, asks a rule of `idp_core` and
//! answers; what several need stands beside them: the visit (who asks, from where, in which browser),
//! forms, the authenticated client, failures, and the login transaction.

pub mod authorize;
pub mod bearer;
pub mod client_request;
pub mod consent;
pub mod cookies;
pub mod devices;
pub mod discovery;
pub mod end_session;
pub mod errand;
pub mod failure;
pub mod form;
pub mod health;
pub mod introspect;
pub mod jwks;
pub mod login;
pub mod login_attempt;
pub mod login_form;
pub mod login_guard;
pub mod own_page;
pub mod page_form;
pub mod pending;
pub mod revocations;
pub mod revoke;
pub mod sign_in;
pub mod token;
pub mod transaction;
pub mod unread_body;
pub mod userinfo;
pub mod visit;
