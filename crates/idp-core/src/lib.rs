//! The rules and the cryptography of the identity provider: what is a valid request, what happens
//! next, how tokens and keys are made. No I/O and no async; every rule takes `now`, everything random
//! takes an `rng`. `idp-server` loads, asks a rule here, and stores the answer.

pub mod administration;
pub mod administrator_link;
pub mod audit_chain;
pub mod authentication;
pub mod authorize;
pub mod backchannel;
mod base64url;
pub mod client;
pub mod client_authentication;
pub mod color;
pub mod device;
pub mod discovery;
pub mod error;
pub mod fair_queue;
pub mod grant;
pub mod key;
pub mod lifetimes;
pub mod logo;
pub mod logout;
pub mod mail_address;
pub mod mail_link;
pub mod params;
pub mod passkey;
pub mod password;
pub mod pkce;
pub mod proof_of_work;
pub mod recovery_code;
pub mod redirect_uri;
pub mod registration_link;
pub mod revocation;
pub mod scim;
pub mod scope;
pub mod seal;
pub mod second_step_link;
pub mod secret;
pub mod session;
pub mod terms_version;
pub mod throttle;
pub mod time;
pub mod token;
pub mod totp;
pub mod user;
pub mod username;
pub mod web_link;
