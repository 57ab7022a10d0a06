//! What is shown of a client, by the names of RFC 7591 and OpenID Connect Registration where these have one.

use super::{Body, Problem, Timestamp};
use crate::directory::clients::warnings;
use idp_core::client::{self as core, ClientKind, ConsentPolicy};
use idp_core::key::EncryptionKey;
use idp_core::key::encryption_key::EncryptionAlgorithm;
use idp_core::redirect_uri::RedirectUri;
use idp_core::secret::SecretHash;
use idp_core::token::encrypted::CONTENT_ENCRYPTION;
use idp_core::user::attribute::AttributeName;
use idp_core::web_link::WebLink;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A client.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Client {
    /// Its id.
    pub client_id: String,
    /// What people see.
    pub client_name: String,
    /// Whether it cannot keep a secret.
    pub public: bool,
    /// The fingerprints of its secrets, oldest first.
    pub client_secrets: Vec<String>,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Where a browser may go after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// What it may use at the token endpoint.
    pub grant_types: Vec<String>,
    /// The most it may ask for, words with a space between.
    pub scope: String,
    /// The resource that its access tokens are for (`aud`).
    pub audience: String,
    /// Whether PKCE is demanded.
    pub require_pkce: bool,
    /// `ask`: people are asked before it learns about them; `first_party`: it is a site of the same organisation.
    pub consent: String,
    /// Seconds that its access tokens live; `null`: as long as those of all.
    pub access_token_lifetime: Option<i64>,
    /// Where it is told that a session ended.
    pub backchannel_logout_uri: Option<String>,
    /// Whether it cannot do without the id of the session there.
    pub backchannel_logout_session_required: bool,
    /// How the content key of its ID tokens is encrypted; `null`: they are signed only.
    pub id_token_encrypted_response_alg: Option<String>,
    /// How their content is.
    pub id_token_encrypted_response_enc: Option<String>,
    /// The public key that they are encrypted for.
    pub id_token_encryption_key: Option<Jwk>,
    /// Whether it may follow the revocation feed.
    pub revocation_feed: bool,
    /// The class (`acr`) that each sign-in for it must be of.
    pub required_acr: Option<String>,
    /// Which of a person's roles and groups it is told, and where.
    pub claims_mapping: Vec<ClaimMapping>,
    /// People with one of these roles may sign in there; empty, with no group either: all may.
    pub allowed_roles: Vec<String>,
    /// People in one of these groups may sign in there.
    pub allowed_groups: Vec<String>,
    /// The networks from which people may sign in there; empty: from all.
    pub allowed_networks: Vec<String>,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms of service.
    pub tos_uri: Option<String>,
    /// The colour of its mark, `#rrggbb`.
    pub color: Option<String>,
    /// The name of its logo.
    pub logo: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// What of this is allowed and may be a mistake.
    pub warnings: Vec<String>,
}

impl Body for Client {}

/// A client that was registered just now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RegisteredClient {
    /// The registration.
    #[serde(flatten)]
    pub client: Client,
    /// Its secret, which is never told again; absent for a public client, and where the caller has chosen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

impl Body for RegisteredClient {}

/// A public key as JWK (RFC 7517).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(value_type = Object)]
pub struct Jwk(pub serde_json::Map<String, serde_json::Value>);

impl Jwk {
    /// A public key.
    #[must_use]
    pub fn of(key: &EncryptionKey) -> Self {
        match serde_json::to_value(key) {
            Ok(serde_json::Value::Object(mut members)) => {
                members.retain(|_, member| !member.is_null());
                Self(members)
            }
            _ => Self(serde_json::Map::new()),
        }
    }
}

impl From<&core::Client> for Client {
    fn from(client: &core::Client) -> Self {
        let metadata = &client.metadata;
        let key = metadata.id_token_encryption_key.as_ref();
        let uris = |uris: &[RedirectUri]| uris.iter().map(|uri| uri.as_str().to_owned()).collect();
        let link = |link: &Option<WebLink>| link.as_ref().map(|link| link.as_str().to_owned());
        Self {
            client_id: client.id.to_string(),
            client_name: metadata.name.clone(),
            public: client.is_public(),
            client_secrets: fingerprints(&client.kind),
            redirect_uris: uris(&metadata.redirect_uris),
            post_logout_redirect_uris: uris(&metadata.post_logout_redirect_uris),
            grant_types: metadata.grant_types.iter().map(|grant| grant.as_str().to_owned()).collect(),
            scope: metadata.scope.to_string(),
            audience: metadata.audience.clone(),
            require_pkce: metadata.require_pkce,
            consent: consent_word(metadata.consent).to_owned(),
            access_token_lifetime: metadata.access_token_lifetime,
            backchannel_logout_uri: metadata
                .backchannel_logout_uri
                .as_ref()
                .map(|uri| uri.as_str().to_owned()),
            backchannel_logout_session_required: metadata.backchannel_logout_session_required,
            id_token_encrypted_response_alg: key.map(|_| EncryptionAlgorithm::RsaOaep256.as_str().to_owned()),
            id_token_encrypted_response_enc: key.map(|_| CONTENT_ENCRYPTION.to_owned()),
            id_token_encryption_key: key.map(Jwk::of),
            revocation_feed: metadata.follows_feed,
            required_acr: metadata.required_acr.as_ref().map(|acr| acr.as_str().to_owned()),
            claims_mapping: metadata.claims_mapping.as_slice().iter().map(ClaimMapping::from).collect(),
            allowed_roles: metadata.allowed_roles.iter().map(ToString::to_string).collect(),
            allowed_groups: metadata.allowed_groups.iter().map(ToString::to_string).collect(),
            allowed_networks: metadata.allowed_networks.iter().map(ToString::to_string).collect(),
            client_uri: link(&metadata.client_uri),
            policy_uri: link(&metadata.policy_uri),
            tos_uri: link(&metadata.tos_uri),
            color: metadata.color.map(String::from),
            logo: client.logo.as_ref().map(|name| name.as_str().to_owned()),
            created_at: client.created_at.into(),
            warnings: warnings(metadata),
        }
    }
}

/// A claim that tells a client of a person's roles or groups, or of an attribute.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimMapping {
    /// Its name.
    #[schema(min_length = 1)]
    pub claim: String,
    /// What is in it: `roles`, `groups` or `attribute`.
    #[schema(pattern = "^(roles|groups|attribute)$")]
    pub source: String,
    /// Only names that begin with this, and without it; of roles and groups.
    #[serde(default)]
    #[schema(max_length = 128)]
    pub prefix: String,
    /// The name of the attribute, where `source` is `attribute`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub attribute: Option<String>,
    /// Where it goes, among `access_token`, `id_token` and `userinfo`.
    #[schema(schema_with = super::schema::claim_targets)]
    pub targets: Vec<String>,
}

impl From<&core::ClaimMapping> for ClaimMapping {
    fn from(mapping: &core::ClaimMapping) -> Self {
        Self {
            claim: mapping.claim.to_string(),
            source: mapping.source.as_str().to_owned(),
            prefix: mapping.prefix.clone(),
            attribute: mapping.attribute.as_ref().map(ToString::to_string),
            targets: mapping.targets.iter().map(|target| target.as_str().to_owned()).collect(),
        }
    }
}

impl ClaimMapping {
    /// The mapping.
    ///
    /// # Errors
    /// [`Problem::member`], of the member at this place.
    pub fn read(&self, place: &str) -> Result<core::ClaimMapping, Problem> {
        let of = |member: &str, error: String| Problem::member(&format!("{place}/{member}"), error);
        let source = core::ClaimSource::ALL.into_iter().find(|source| source.as_str() == self.source);
        let target = |word: &String| {
            let found = core::ClaimTarget::ALL.into_iter().find(|target| target.as_str() == word);
            found.ok_or_else(|| of("targets", format!("{word:?} is none")))
        };
        let attribute = self.attribute.as_deref().map(str::parse::<AttributeName>).transpose();
        let attribute = attribute.map_err(|error| of("attribute", error.to_string()))?;
        let is_fit = attribute.is_some() == (source == Some(core::ClaimSource::Attribute));
        if !is_fit {
            return Err(of("attribute", "names one where source is attribute, and only there".to_owned()));
        }
        if attribute.is_some() && !self.prefix.is_empty() {
            return Err(of("prefix", "an attribute has none".to_owned()));
        }
        Ok(core::ClaimMapping {
            claim: self
                .claim
                .parse::<core::claim_name::ClaimName>()
                .map_err(|error| of("claim", error.to_string()))?,
            source: source.ok_or_else(|| of("source", "must be roles, groups or attribute".to_owned()))?,
            prefix: self.prefix.clone(),
            attribute,
            targets: self.targets.iter().map(target).collect::<Result<_, _>>()?,
        })
    }
}

/// The fingerprints of the secrets of a client, oldest first.
pub(super) fn fingerprints(kind: &ClientKind) -> Vec<String> {
    match kind {
        ClientKind::Public => Vec::new(),
        ClientKind::Confidential { secrets } => secrets.iter().map(SecretHash::fingerprint).collect(),
    }
}

/// The word for whether people are asked.
#[must_use]
pub const fn consent_word(policy: ConsentPolicy) -> &'static str {
    match policy {
        ConsentPolicy::FirstParty => "first_party",
        ConsentPolicy::Ask => "ask",
    }
}
