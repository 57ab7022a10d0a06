//! The metadata document (OpenID Connect Discovery 3, RFC 8414 2) and the paths of all endpoints, which are written in
//! [`path`] only. The document advertises what is offered, mostly from the lists by which it is decided.

use serde::Serialize;

use crate::authentication::Levels;
use crate::client::GrantType;
use crate::client_authentication::ClientAuthenticationMethod;
use crate::key::encryption_key::EncryptionAlgorithm;
use crate::scope::OPENID_SCOPES;
use crate::token::encrypted::CONTENT_ENCRYPTION;
use crate::user::STANDARD_CLAIMS;

/// Paths below the issuer.
pub mod path {
    /// OpenID Connect Discovery 4.
    pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
    /// RFC 8414 3.
    pub const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
    /// Where programs that keep passwords lead people to change one (W3C, A Well-Known URL for Changing Passwords).
    pub const CHANGE_PASSWORD: &str = "/.well-known/change-password";
    /// Where programs that keep passkeys lead people (W3C, Passkey Endpoints).
    pub const PASSKEY_ENDPOINTS: &str = "/.well-known/passkey-endpoints";
    /// Where a certificate authority looks for answers to its challenges (RFC 8555 8.3).
    pub const ACME_CHALLENGE: &str = "/.well-known/acme-challenge";
    /// Whom to tell of a weakness (RFC 9116).
    pub const SECURITY_TXT: &str = "/.well-known/security.txt";
    /// What programs that go over the web by themselves are asked (RFC 9309).
    pub const ROBOTS_TXT: &str = "/robots.txt";
    /// The administration API. With the issuer before it, it is the audience of the access tokens that open it.
    pub const ADMINISTRATION: &str = "/api/v1";
    /// Where systems that provision people and groups call (RFC 7644).
    pub const SCIM: &str = "/scim/v2";
    /// The key set (RFC 7517 5).
    pub const JWKS: &str = "/jwks";
    /// RFC 6749 3.1.
    pub const AUTHORIZE: &str = "/authorize";
    /// The sign-in page.
    pub const LOGIN: &str = "/login";
    /// The page that asks for the terms of use to be accepted.
    pub const ACCEPT_TERMS: &str = "/accept-terms";
    /// The page for a person who may not sign in at a client.
    pub const ACCESS_DENIED: &str = "/access-denied";
    /// Permission bundles, each at its hash below it.
    pub const BUNDLES: &str = "/bundles";
    /// The page that asks for consent.
    pub const CONSENT: &str = "/consent";
    /// RFC 6749 3.2.
    pub const TOKEN: &str = "/token";
    /// OpenID Connect Core 5.3.
    pub const USERINFO: &str = "/userinfo";
    /// RFC 7009 2.
    pub const REVOKE: &str = "/revoke";
    /// RFC 7662 2.
    pub const INTROSPECT: &str = "/introspect";
    /// The revocation feed (docs/revocation-feed.md).
    pub const REVOCATIONS: &str = "/revocations";
    /// Where its readers confirm what they refuse.
    pub const REVOCATION_ACKNOWLEDGEMENTS: &str = "/revocations/acknowledgements";
    /// OpenID Connect RP-Initiated Logout 2.
    pub const END_SESSION: &str = "/end-session";
    /// Where a sign-out ends that goes back to no site.
    pub const LOGGED_OUT: &str = "/logged-out";
    /// Takes the choice of a language.
    pub const LANGUAGE: &str = "/language";
    /// Takes the confirmation that a person wants to sign out.
    pub const LOGOUT: &str = "/logout";
    /// The front page: who is signed in, and where everything is.
    pub const HOME: &str = "/";
    /// The same, by way of a sign-in.
    pub const ACCOUNT: &str = "/account";
    /// Where a person sees and ends their sign-ins.
    pub const DEVICES: &str = "/account/devices";
    /// Where a person sees the sites that know them, and disconnects them.
    pub const SITES: &str = "/account/sites";
    /// What happened with a person's account.
    pub const ACTIVITY: &str = "/account/activity";
    /// Where a person goes when something that happened was not them.
    pub const SECURE: &str = "/account/secure";
    /// Where a person changes their password.
    pub const PASSWORD: &str = "/account/password";
    /// The e-mail addresses of a person.
    pub const ADDRESSES: &str = "/account/addresses";
    /// Where a person adds one.
    pub const ADD_ADDRESS: &str = "/account/addresses/add";
    /// Where a person has one confirmed, makes it the primary one, or removes it.
    pub const ADDRESS: &str = "/account/addresses/change";
    /// Where a person asks for a link to a new password.
    pub const FORGOT_PASSWORD: &str = "/forgot-password";
    /// Where that link leads.
    pub const RESET_PASSWORD: &str = "/reset-password";
    /// Where the link leads that shows that an address is a person's.
    pub const VERIFY_ADDRESS: &str = "/verify-address";
    /// Where the link leads by which a person says that something was not them.
    pub const NOT_ME: &str = "/not-me";
    /// Where the link leads that stands in for a second factor.
    pub const SECOND_STEP: &str = "/second-step";
    /// Where a person asks for a link to an account of their own.
    pub const REGISTER: &str = "/register";
    /// Where that link leads, and an invitation.
    pub const CREATE_ACCOUNT: &str = "/create-account";
    /// The page of a link by which a person becomes an administrator.
    pub const FIRST_ADMINISTRATOR: &str = "/first-administrator";
    /// The pages of administrators.
    pub const ADMIN: &str = "/admin";
    /// Groups.
    pub const ADMIN_GROUPS: &str = "/admin/groups";
    /// Making a group.
    pub const ADMIN_ADD_GROUP: &str = "/admin/groups/add";
    /// A group and who is in it.
    pub const ADMIN_GROUP: &str = "/admin/groups/show";
    /// Changing a group.
    pub const ADMIN_CHANGE_GROUP: &str = "/admin/groups/change";
    /// Removing a group.
    pub const ADMIN_REMOVE_GROUP: &str = "/admin/groups/remove";
    /// Putting a person into a group.
    pub const ADMIN_ADD_MEMBER: &str = "/admin/groups/members/add";
    /// Taking a person out of a group.
    pub const ADMIN_REMOVE_MEMBER: &str = "/admin/groups/members/remove";
    /// Giving a role to a group.
    pub const ADMIN_GIVE_GROUP_ROLE: &str = "/admin/groups/roles/give";
    /// Taking a role from a group.
    pub const ADMIN_TAKE_GROUP_ROLE: &str = "/admin/groups/roles/take";
    /// People.
    pub const ADMIN_PEOPLE: &str = "/admin/people";
    /// Adding a person.
    pub const ADMIN_ADD_PERSON: &str = "/admin/people/add";
    /// Inviting a person.
    pub const ADMIN_INVITE: &str = "/admin/people/invite";
    /// Signing everybody out.
    pub const ADMIN_SIGN_OUT_EVERYBODY: &str = "/admin/people/sign-out-everybody";
    /// Invitations that were not followed yet.
    pub const ADMIN_INVITATIONS: &str = "/admin/people/invitations";
    /// Taking an invitation back.
    pub const ADMIN_WITHDRAW_INVITATION: &str = "/admin/people/invitations/withdraw";
    /// A person.
    pub const ADMIN_PERSON: &str = "/admin/people/show";
    /// Where a person is signed in, and what sites have of them.
    pub const ADMIN_PERSON_SESSIONS: &str = "/admin/people/sessions";
    /// What happened with a person's account.
    pub const ADMIN_PERSON_ACTIVITY: &str = "/admin/people/activity";
    /// Changing a person's names and profile.
    pub const ADMIN_CHANGE_PERSON: &str = "/admin/people/change";
    /// Adding an address of a person.
    pub const ADMIN_ADD_ADDRESS: &str = "/admin/people/addresses/add";
    /// What can be done with one.
    pub const ADMIN_ADDRESS: &str = "/admin/people/addresses/change";
    /// A new password for a person.
    pub const ADMIN_PERSON_PASSWORD: &str = "/admin/people/password";
    /// The password that was made for a person.
    pub const ADMIN_NEW_PASSWORD: &str = "/admin/people/password/new";
    /// Removing all second factors of a person.
    pub const ADMIN_RESET_METHODS: &str = "/admin/people/methods/reset";
    /// Removing one of them.
    pub const ADMIN_REMOVE_METHOD: &str = "/admin/people/methods/remove";
    /// Signing a person out everywhere.
    pub const ADMIN_SIGN_OUT: &str = "/admin/people/sign-out";
    /// Ending one sign-in of a person.
    pub const ADMIN_END_SESSION: &str = "/admin/people/sessions/end";
    /// Taking back what a person has allowed a site.
    pub const ADMIN_DISCONNECT: &str = "/admin/people/sites/disconnect";
    /// Giving a person a role.
    pub const ADMIN_GIVE_ROLE: &str = "/admin/people/roles/give";
    /// Taking a role from a person.
    pub const ADMIN_TAKE_ROLE: &str = "/admin/people/roles/take";
    /// Putting a person into a group, from their page.
    pub const ADMIN_JOIN_GROUP: &str = "/admin/people/groups/add";
    /// Taking a person out of a group, from their page.
    pub const ADMIN_LEAVE_GROUP: &str = "/admin/people/groups/remove";
    /// Shutting a person out.
    pub const ADMIN_DISABLE: &str = "/admin/people/disable";
    /// Letting a person in again.
    pub const ADMIN_ENABLE: &str = "/admin/people/enable";
    /// Removing a person.
    pub const ADMIN_REMOVE_PERSON: &str = "/admin/people/remove";
    /// Roles.
    pub const ADMIN_ROLES: &str = "/admin/roles";
    /// Making a role.
    pub const ADMIN_ADD_ROLE: &str = "/admin/roles/add";
    /// A role and who has it.
    pub const ADMIN_ROLE: &str = "/admin/roles/show";
    /// Changing a role.
    pub const ADMIN_CHANGE_ROLE: &str = "/admin/roles/change";
    /// Removing a role.
    pub const ADMIN_REMOVE_ROLE: &str = "/admin/roles/remove";
    /// Giving a role to a person, from its page.
    pub const ADMIN_ADD_HOLDER: &str = "/admin/roles/holders/add";
    /// Attributes of people.
    pub const ADMIN_ATTRIBUTES: &str = "/admin/attributes";
    /// Defining an attribute.
    pub const ADMIN_ADD_ATTRIBUTE: &str = "/admin/attributes/add";
    /// An attribute.
    pub const ADMIN_ATTRIBUTE: &str = "/admin/attributes/show";
    /// Changing an attribute.
    pub const ADMIN_CHANGE_ATTRIBUTE: &str = "/admin/attributes/change";
    /// Removing an attribute.
    pub const ADMIN_REMOVE_ATTRIBUTE: &str = "/admin/attributes/remove";
    /// Clients.
    pub const ADMIN_CLIENTS: &str = "/admin/clients";
    /// Registering a client.
    pub const ADMIN_ADD_CLIENT: &str = "/admin/clients/add";
    /// A client.
    pub const ADMIN_CLIENT: &str = "/admin/clients/show";
    /// Changing a client.
    pub const ADMIN_CHANGE_CLIENT: &str = "/admin/clients/change";
    /// The secrets of a client.
    pub const ADMIN_CLIENT_SECRETS: &str = "/admin/clients/secrets";
    /// The logo of a client.
    pub const ADMIN_CLIENT_LOGO: &str = "/admin/clients/logo";
    /// Removing a client.
    pub const ADMIN_REMOVE_CLIENT: &str = "/admin/clients/remove";
    /// The signing keys.
    pub const ADMIN_KEYS: &str = "/admin/keys";
    /// Letting the next key sign.
    pub const ADMIN_ROTATE_KEYS: &str = "/admin/keys/rotate";
    /// Letting a key sign nothing more.
    pub const ADMIN_RETIRE_KEY: &str = "/admin/keys/retire";
    /// Giving up a key that others may have.
    pub const ADMIN_GIVE_UP_KEY: &str = "/admin/keys/give-up";
    /// The audit log.
    pub const ADMIN_AUDIT: &str = "/admin/audit";
    /// A copy of it as JSON Lines.
    pub const ADMIN_AUDIT_LINES: &str = "/admin/audit/audit-events.jsonl";
    /// A copy of it as CSV.
    pub const ADMIN_AUDIT_CSV: &str = "/admin/audit/audit-events.csv";
    /// Sites that are told of the end of sessions.
    pub const ADMIN_DELIVERIES: &str = "/admin/deliveries";
    /// Having a site told again, or giving that up.
    pub const ADMIN_SETTLE_DELIVERY: &str = "/admin/deliveries/settle";
    /// Letters to people.
    pub const ADMIN_MAILS: &str = "/admin/deliveries/mails";
    /// Having a letter sent again, or giving it up.
    pub const ADMIN_SETTLE_MAIL: &str = "/admin/deliveries/mails/settle";
    /// Who follows the revocation feed.
    pub const ADMIN_FEED: &str = "/admin/deliveries/feed";
    /// The configuration in force.
    pub const ADMIN_SETTINGS: &str = "/admin/settings";
    /// What a person signs in with besides the password.
    pub const METHODS: &str = "/account/methods";
    /// Where a person adds an authenticator app.
    pub const TOTP: &str = "/account/methods/totp";
    /// Where a person adds a passkey.
    pub const PASSKEY: &str = "/account/methods/passkey";
    /// Where a person gives a passkey another name.
    pub const RENAME_METHOD: &str = "/account/methods/rename";
    /// Where a person has their account ask for a passkey that their browser saved by itself.
    pub const DEMAND_PASSKEY: &str = "/account/methods/demand";
    /// Where a person removes a way to sign in.
    pub const REMOVE_METHOD: &str = "/account/methods/remove";
    /// Where a person has recovery codes made.
    pub const RECOVERY_CODES: &str = "/account/methods/recovery-codes";
    /// Where they are shown, once.
    pub const NEW_RECOVERY_CODES: &str = "/account/methods/recovery-codes/new";
    /// What sites may be told of a person, for the person to change.
    pub const PROFILE: &str = "/account/profile";
    /// Where a person chooses their picture.
    pub const OWN_PICTURE: &str = "/account/picture";
    /// Where a person gets a copy of what is kept about them.
    pub const EXPORT: &str = "/account/export";
    /// Where a person has their account deleted.
    pub const DELETE: &str = "/account/delete";
    /// What is said afterwards.
    pub const DELETED: &str = "/account/deleted";
    /// The pictures of people, each below it by its name.
    pub const PICTURES: &str = "/picture";
    /// The process answers.
    pub const HEALTH_LIVE: &str = "/health/live";
    /// The process has opened what it serves from.
    pub const HEALTH_STARTED: &str = "/health/started";
    /// The process can do its work; else 503.
    pub const HEALTH_READY: &str = "/health/ready";
    /// What the provider makes of a request, for `doctor` on a machine that has the master key.
    pub const HEALTH_PROBE: &str = "/health/probe";
    /// Style sheet, script, icon.
    pub const ASSETS: &str = "/assets";
}

/// Claims of ID tokens, and `sub` of userinfo. The others that a client may learn are [`STANDARD_CLAIMS`].
const ID_TOKEN_CLAIMS: [&str; 10] =
    ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"];

/// The metadata document. Both discovery endpoints answer the same one.
#[derive(Clone, Eq, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "the members are those of the specifications, under their names")]
pub struct Metadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: String,
    pub jwks_uri: String,
    pub end_session_endpoint: String,
    pub revocation_endpoint: String,
    pub introspection_endpoint: String,
    /// Ours: docs/revocation-feed.md.
    pub revocation_feed_endpoint: String,
    pub scopes_supported: Vec<&'static str>,
    pub response_types_supported: Vec<&'static str>,
    pub response_modes_supported: Vec<&'static str>,
    pub grant_types_supported: Vec<&'static str>,
    pub subject_types_supported: Vec<&'static str>,
    pub acr_values_supported: Vec<String>,
    pub prompt_values_supported: Vec<&'static str>,
    pub display_values_supported: Vec<&'static str>,
    pub claim_types_supported: Vec<&'static str>,
    pub claims_supported: Vec<&'static str>,
    pub ui_locales_supported: Vec<String>,
    pub id_token_signing_alg_values_supported: Vec<&'static str>,
    pub id_token_encryption_alg_values_supported: Vec<&'static str>,
    pub id_token_encryption_enc_values_supported: Vec<&'static str>,
    /// Always here and always without `none`: a client must not believe that unsigned request
    /// objects are read.
    pub request_object_signing_alg_values_supported: Vec<&'static str>,
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    pub introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    pub code_challenge_methods_supported: Vec<&'static str>,
    pub claims_parameter_supported: bool,
    pub request_parameter_supported: bool,
    /// True is the default of Discovery 3, so that saying nothing would be wrong.
    pub request_uri_parameter_supported: bool,
    pub require_request_uri_registration: bool,
    pub authorization_response_iss_parameter_supported: bool,
    pub backchannel_logout_supported: bool,
    pub backchannel_logout_session_supported: bool,
}

impl Metadata {
    /// The document of the provider at `issuer`, its base URL without a slash at the end, whose pages can be in the languages
    /// of the tags `ui_locales`, and whose sign-ins reach `levels`.
    #[must_use]
    pub fn new(issuer: &str, ui_locales: Vec<String>, levels: &Levels) -> Self {
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: endpoint(issuer, path::AUTHORIZE),
            token_endpoint: endpoint(issuer, path::TOKEN),
            userinfo_endpoint: endpoint(issuer, path::USERINFO),
            jwks_uri: endpoint(issuer, path::JWKS),
            end_session_endpoint: endpoint(issuer, path::END_SESSION),
            revocation_endpoint: endpoint(issuer, path::REVOKE),
            introspection_endpoint: endpoint(issuer, path::INTROSPECT),
            revocation_feed_endpoint: endpoint(issuer, path::REVOCATIONS),
            scopes_supported: OPENID_SCOPES.to_vec(),
            response_types_supported: vec!["code"],
            response_modes_supported: vec!["query", "form_post"],
            grant_types_supported: GrantType::ALL.map(GrantType::as_str).to_vec(),
            subject_types_supported: vec!["public"],
            acr_values_supported: levels.names().map(ToString::to_string).collect(),
            prompt_values_supported: vec!["none", "login", "consent", "select_account"],
            display_values_supported: vec!["page"],
            claim_types_supported: vec!["normal"],
            claims_supported: ID_TOKEN_CLAIMS.iter().chain(STANDARD_CLAIMS).copied().collect(),
            ui_locales_supported: ui_locales,
            id_token_signing_alg_values_supported: vec!["RS256"],
            id_token_encryption_alg_values_supported: vec![EncryptionAlgorithm::RsaOaep256.as_str()],
            id_token_encryption_enc_values_supported: vec![CONTENT_ENCRYPTION],
            request_object_signing_alg_values_supported: vec!["RS256"],
            token_endpoint_auth_methods_supported: all_methods(),
            revocation_endpoint_auth_methods_supported: all_methods(),
            introspection_endpoint_auth_methods_supported: proving_methods(),
            code_challenge_methods_supported: vec!["S256"],
            claims_parameter_supported: true,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            require_request_uri_registration: false,
            authorization_response_iss_parameter_supported: true,
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
        }
    }

    /// The same of a provider at which people open accounts by themselves, so that sites may lead them to that (Initiating User
    /// Registration via OpenID Connect 1.0, 4.2).
    #[must_use]
    pub fn with_registration(mut self) -> Self {
        self.prompt_values_supported.push("create");
        self
    }
}

/// Public clients may use the token and revocation endpoints.
fn all_methods() -> Vec<&'static str> {
    ClientAuthenticationMethod::ALL.map(ClientAuthenticationMethod::as_str).to_vec()
}

/// Introspection shows what is in a token, so the client that asks has to prove itself (RFC 7662 2.1).
fn proving_methods() -> Vec<&'static str> {
    let methods = ClientAuthenticationMethod::ALL.into_iter().filter(|method| method.is_proof());
    methods.map(ClientAuthenticationMethod::as_str).collect()
}

/// The address of an endpoint of the provider at `issuer`.
#[must_use]
pub fn endpoint(issuer: &str, path: &str) -> String {
    format!("{}{path}", issuer.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    fn document(issuer: &str) -> Value {
        serde_json::to_value(Metadata::new(issuer, vec!["en".to_owned()], &Levels::default())).unwrap()
    }

    #[test]
    fn s31_every_address_is_on_the_issuer() {
        for issuer in ["https://idp.example.com", "https://example.com/tenant/1"] {
            let document = document(issuer);
            let addresses: Vec<(&String, &str)> = document
                .as_object()
                .unwrap()
                .iter()
                .filter(|(name, _)| name.ends_with("_endpoint") || name.ends_with("_uri"))
                .map(|(name, value)| (name, value.as_str().unwrap()))
                .collect();
            assert_eq!(addresses.len(), 8);
            for (name, address) in addresses {
                let path = address.strip_prefix(issuer).unwrap();
                assert!(path.starts_with('/') && !path.starts_with("//"), "{name} {address}");
            }
            assert_eq!(document.get("issuer").unwrap(), issuer);
        }
    }

    #[test]
    fn n10_nothing_unsafe_is_advertised() {
        let document = document("https://idp.example.com");
        let member = |name: &str| document.get(name).unwrap().clone();
        assert_eq!(member("response_types_supported"), json!(["code"]));
        let (basic, post) = ("client_secret_basic", "client_secret_post");
        assert_eq!(member("token_endpoint_auth_methods_supported"), json!([basic, post, "none"]));
        assert_eq!(member("introspection_endpoint_auth_methods_supported"), json!([basic, post]));
        assert_eq!(member("code_challenge_methods_supported"), json!(["S256"]));
        assert_eq!(member("authorization_response_iss_parameter_supported"), json!(true));
        assert_eq!(member("request_parameter_supported"), json!(false));
        assert_eq!(member("request_uri_parameter_supported"), json!(false));
        assert_eq!(member("request_object_signing_alg_values_supported"), json!(["RS256"]));
        for (name, value) in document.as_object().unwrap() {
            let text = value.to_string();
            for word in ["\"token\"", "id_token\"", "implicit", "password", "plain", "HS256"] {
                assert!(!text.contains(word), "{name} advertises {word}");
            }
            if name.contains("alg_values") || name.starts_with("introspection_endpoint_auth") {
                assert!(!text.contains("none"), "{name}");
            }
        }
    }

    #[test]
    fn no_member_is_an_empty_list() {
        // RFC 8414 3.2: parameters with zero elements must be omitted.
        let document = document("https://idp.example.com");
        let lists = document.as_object().unwrap().values().filter_map(Value::as_array);
        assert!(lists.into_iter().all(|list| !list.is_empty()));
    }
}
