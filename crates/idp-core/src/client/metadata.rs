//! Client metadata (RFC 7591 2): the part of a registration that may change after it was made. The id, the secrets and
//! whether there are any are not in it: they are how others know the client.

use super::{ClaimsMapping, ClientId, ConsentPolicy, GrantType, MAX_ACCESS_TOKEN_LIFETIME, UnfitClient};
use crate::administration::{GroupName, RoleName};
use crate::authentication::Acr;
use crate::backchannel::BackchannelLogoutUri;
use crate::color::Color;
use crate::key::EncryptionKey;
use crate::redirect_uri::RedirectUri;
use crate::scope::Scope;
use crate::web_link::WebLink;
use ipnet::IpNet;

/// The most roles, groups and networks each that a client allows.
const MOST_ALLOWED: usize = 100;

/// What may change.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct ClientMetadata {
    /// What people see.
    pub name: String,
    /// Where codes may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where a browser may be sent after logging out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// What the client may use at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// The most it may ask for.
    pub scope: Scope,
    /// The resource its access tokens are for (`aud`).
    pub audience: String,
    /// Whether PKCE is demanded.
    pub require_pkce: bool,
    /// Whether people are asked.
    pub consent: ConsentPolicy,
    /// Seconds an access token lives; the server's default when `None`.
    pub access_token_lifetime: Option<i64>,
    /// Where it is told that a session ended.
    pub backchannel_logout_uri: Option<BackchannelLogoutUri>,
    /// Whether it cannot do without `sid` in a logout token.
    pub backchannel_logout_session_required: bool,
    /// What its ID tokens are encrypted for.
    pub id_token_encryption_key: Option<EncryptionKey>,
    /// Whether it may follow the revocation feed.
    pub follows_feed: bool,
    /// The class (`acr`) that each sign-in for it must be of, whatever its requests ask for.
    pub required_acr: Option<Acr>,
    /// Its home page, for people.
    pub client_uri: Option<WebLink>,
    /// How it uses what it learns about people.
    pub policy_uri: Option<WebLink>,
    /// Its terms of service.
    pub tos_uri: Option<WebLink>,
    /// The colour of its mark, where it has no logo.
    pub color: Option<Color>,
    /// What it is told of people's roles and groups.
    pub claims_mapping: ClaimsMapping,
    /// The roles that let a person sign in there. With no role and no group here, everybody may.
    pub allowed_roles: Vec<RoleName>,
    /// The groups that do.
    pub allowed_groups: Vec<GroupName>,
    /// The networks that a browser may be in; any, when there is none here.
    pub allowed_networks: Vec<IpNet>,
}

impl ClientMetadata {
    /// Of a first-party site with the code and refresh grants and PKCE.
    #[must_use]
    pub fn new(id: &ClientId, scope: Scope) -> Self {
        Self {
            name: id.to_string(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            scope,
            audience: id.to_string(),
            require_pkce: true,
            consent: ConsentPolicy::FirstParty,
            access_token_lifetime: None,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            id_token_encryption_key: None,
            follows_feed: false,
            required_acr: None,
            client_uri: None,
            policy_uri: None,
            tos_uri: None,
            color: None,
            claims_mapping: ClaimsMapping::default(),
            allowed_roles: Vec::new(),
            allowed_groups: Vec::new(),
            allowed_networks: Vec::new(),
        }
    }

    /// The names of what differs, as the specifications and `client show` spell them.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        // A field that is added to the struct does not compile here until it is compared.
        let Self {
            name,
            redirect_uris,
            post_logout_redirect_uris,
            grant_types,
            scope,
            audience,
            require_pkce,
            consent,
            access_token_lifetime,
            backchannel_logout_uri,
            backchannel_logout_session_required: session_required,
            id_token_encryption_key: key,
            follows_feed,
            required_acr,
            client_uri,
            policy_uri,
            tos_uri,
            color,
            claims_mapping,
            allowed_roles,
            allowed_groups,
            allowed_networks,
        } = self;
        [
            ("client_name", *name != other.name),
            ("redirect_uris", *redirect_uris != other.redirect_uris),
            ("post_logout_redirect_uris", *post_logout_redirect_uris != other.post_logout_redirect_uris),
            ("grant_types", *grant_types != other.grant_types),
            ("scope", *scope != other.scope),
            ("audience", *audience != other.audience),
            ("require_pkce", *require_pkce != other.require_pkce),
            ("consent", *consent != other.consent),
            ("access_token_lifetime", *access_token_lifetime != other.access_token_lifetime),
            ("backchannel_logout_uri", *backchannel_logout_uri != other.backchannel_logout_uri),
            (
                "backchannel_logout_session_required",
                *session_required != other.backchannel_logout_session_required,
            ),
            ("id_token_encryption_key", *key != other.id_token_encryption_key),
            ("revocation_feed", *follows_feed != other.follows_feed),
            ("required_acr", *required_acr != other.required_acr),
            ("client_uri", *client_uri != other.client_uri),
            ("policy_uri", *policy_uri != other.policy_uri),
            ("tos_uri", *tos_uri != other.tos_uri),
            ("color", *color != other.color),
            ("claims_mapping", *claims_mapping != other.claims_mapping),
            ("allowed_roles", *allowed_roles != other.allowed_roles),
            ("allowed_groups", *allowed_groups != other.allowed_groups),
            ("allowed_networks", *allowed_networks != other.allowed_networks),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

impl ClientMetadata {
    /// Checks what must hold for every client, and lists each entry once.
    pub(super) fn checked(mut self) -> Result<Self, UnfitClient> {
        if self.grant_types.contains(&GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            return Err(UnfitClient::NoRedirectUri);
        }
        if self.grant_types.is_empty() {
            return Err(UnfitClient::NoGrantType);
        }
        let is_plain = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
        if self.name.chars().count() > 100 || !is_plain(&self.name) {
            return Err(UnfitClient::Name);
        }
        if self.audience.len() > 256 || !is_plain(&self.audience) {
            return Err(UnfitClient::Audience);
        }
        let is_fit = |seconds: i64| (60..=MAX_ACCESS_TOKEN_LIFETIME).contains(&seconds);
        if !self.access_token_lifetime.is_none_or(is_fit) {
            return Err(UnfitClient::Lifetime);
        }
        if self.backchannel_logout_session_required && self.backchannel_logout_uri.is_none() {
            return Err(UnfitClient::SessionWithoutLogoutUri);
        }
        if !self.claims_mapping.is_fit() {
            return Err(UnfitClient::ClaimsMapping);
        }
        let rules = [self.allowed_roles.len(), self.allowed_groups.len(), self.allowed_networks.len()];
        if rules.into_iter().any(|count| count > MOST_ALLOWED) {
            return Err(UnfitClient::AccessRules);
        }
        self.claims_mapping = self.claims_mapping.in_order();
        self.allowed_roles = each_once(self.allowed_roles);
        self.allowed_groups = each_once(self.allowed_groups);
        // 10.1.2.3/8 and 10.0.0.0/8 are one network.
        self.allowed_networks = each_once(self.allowed_networks.iter().map(IpNet::trunc).collect());
        self.redirect_uris = each_once(self.redirect_uris);
        self.post_logout_redirect_uris = each_once(self.post_logout_redirect_uris);
        self.grant_types = each_once(self.grant_types);
        Ok(self)
    }
}

fn each_once<T: PartialEq>(values: Vec<T>) -> Vec<T> {
    let mut once: Vec<T> = Vec::with_capacity(values.len());
    for value in values {
        if !once.contains(&value) {
            once.push(value);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::client::{ClientKind, sample};

    #[test]
    fn b9_what_was_changed_is_named_and_the_rest_stays() {
        let client = sample::client(sample::confidential());
        assert!(client.metadata.differences(&client.metadata).is_empty());
        let mut metadata = client.metadata.clone();
        metadata.name = "Other".to_owned();
        metadata.require_pkce = false;
        metadata.backchannel_logout_uri = Some(BackchannelLogoutUri::parse("https://a.example/out").unwrap());
        let changed = client.clone().with_metadata(metadata).unwrap();
        assert_eq!(
            client.metadata.differences(&changed.metadata),
            ["client_name", "require_pkce", "backchannel_logout_uri"]
        );
        assert_eq!((changed.id, changed.created_at), (client.id, client.created_at));
    }

    #[test]
    fn b9_a_change_is_checked_like_a_new_registration() {
        let refused = |kind, change: fn(&mut ClientMetadata)| {
            let client = sample::client(kind);
            let mut metadata = client.metadata.clone();
            change(&mut metadata);
            client.with_metadata(metadata).unwrap_err()
        };
        let public = ClientKind::Public;
        assert_eq!(refused(public.clone(), |m| m.require_pkce = false), UnfitClient::PublicWithoutPkce);
        assert_eq!(
            refused(public, |m| m.grant_types.push(GrantType::ClientCredentials)),
            UnfitClient::PublicWithClientCredentials
        );
        let confidential = sample::confidential;
        assert_eq!(refused(confidential(), |m| m.redirect_uris.clear()), UnfitClient::NoRedirectUri);
        assert_eq!(refused(confidential(), |m| m.grant_types.clear()), UnfitClient::NoGrantType);
        assert_eq!(refused(confidential(), |m| m.name.clear()), UnfitClient::Name);
        assert_eq!(refused(confidential(), |m| m.name.push('\n')), UnfitClient::Name);
        assert_eq!(refused(confidential(), |m| m.audience.clear()), UnfitClient::Audience);
        assert_eq!(refused(confidential(), |m| m.access_token_lifetime = Some(59)), UnfitClient::Lifetime);
        assert_eq!(
            refused(confidential(), |m| m.backchannel_logout_session_required = true),
            UnfitClient::SessionWithoutLogoutUri
        );
    }

    #[test]
    fn what_is_given_twice_is_registered_once() {
        let client = sample::client(sample::confidential());
        let mut metadata = client.metadata.clone();
        metadata.redirect_uris.extend(client.metadata.redirect_uris.clone());
        metadata.grant_types.push(GrantType::AuthorizationCode);
        let same = client.clone().with_metadata(metadata).unwrap();
        assert!(client.metadata.differences(&same.metadata).is_empty());
    }
}
