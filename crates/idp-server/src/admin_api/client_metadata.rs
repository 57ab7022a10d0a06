//! What a client is registered with and what of it may change, by the names of RFC 7591 and OpenID Connect Registration where these have one.

use super::client::{ClaimMapping, Jwk};
use super::member::{given, given_objects, object, some, some_integer};
use super::{Body, Problem};
use crate::directory::clients::NewClient as Registration;
use crate::random;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idp_core::authentication::{Acr, NotAcr};
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::client::{ClaimsMapping, ClientId, ClientMetadata, ConsentPolicy, GrantType};
use idp_core::color::Color;
use idp_core::key::EncryptionKey;
use idp_core::logo::Logo;
use idp_core::redirect_uri::RedirectUri;
use idp_core::scope::Scope;
use idp_core::secret::{Secret, SecretKind};
use idp_core::time::UnixTime;
use idp_core::web_link::WebLink;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::str::FromStr;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// A body with the members that may change later, beside those of its own.
macro_rules! with_metadata {
    ($(#[$about:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($own)*
            /// What people see.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(min_length = 1, max_length = 100, nullable = false)]
            pub client_name: Option<String>,
            /// Where codes may be sent, exactly as requests will say it.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(nullable = false)]
            pub redirect_uris: Option<Vec<String>>,
            /// Where a browser may go after signing out.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(nullable = false)]
            pub post_logout_redirect_uris: Option<Vec<String>>,
            /// Among `authorization_code`, `refresh_token` and `client_credentials`.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(schema_with = super::schema::grant_types)]
            pub grant_types: Option<Vec<String>>,
            /// The most it may ask for, words with a space between. Permissions of the provider itself need the audience of
            /// this API.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(max_length = 2048, nullable = false)]
            pub scope: Option<String>,
            /// The resource that its access tokens are for (`aud`).
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(min_length = 1, max_length = 256, nullable = false)]
            pub audience: Option<String>,
            /// Whether PKCE is demanded.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(nullable = false)]
            pub require_pkce: Option<bool>,
            /// `ask` or `first_party`.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(nullable = false, pattern = "^(ask|first_party)$")]
            pub consent: Option<String>,
            /// Seconds that its access tokens live; `null`: as long as those of all.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_integer")]
            #[schema(value_type = Option<i64>, minimum = 60, maximum = 86400)]
            pub access_token_lifetime: Option<Option<i64>>,
            /// Where it is told that a session ended; `null`: nowhere.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some")]
            #[schema(value_type = Option<String>)]
            pub backchannel_logout_uri: Option<Option<String>>,
            /// Whether it cannot do without the id of the session there.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(nullable = false)]
            pub backchannel_logout_session_required: Option<bool>,
            /// The public RSA key that its ID tokens are encrypted for, as JWK; `null`: they are signed only.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some")]
            #[schema(value_type = Option<Jwk>)]
            pub id_token_encryption_key: Option<Option<Jwk>>,
            /// Whether it may follow the revocation feed.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(nullable = false)]
            pub revocation_feed: Option<bool>,
            /// The class (`acr`) that each sign-in for it must be of; `null`: any.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some")]
            #[schema(value_type = Option<String>)]
            pub required_acr: Option<Option<String>>,
            /// Which of a person's roles and groups it is told, and where.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given_objects")]
            #[schema(nullable = false, max_items = 16)]
            pub claims_mapping: Option<Vec<ClaimMapping>>,
            /// Only people with one of these roles may sign in there, or in one of `allowed_groups`; empty, with no group
            /// either: all may.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(nullable = false)]
            pub allowed_roles: Option<Vec<String>>,
            /// Only people in one of these groups may sign in there, or with one of `allowed_roles`.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(nullable = false)]
            pub allowed_groups: Option<Vec<String>>,
            /// The networks, such as `10.0.0.0/8`, from which people may sign in there; empty: from all.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
            #[schema(nullable = false)]
            pub allowed_networks: Option<Vec<String>>,
            /// Its home page; `null`: people are shown no link.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some")]
            #[schema(value_type = Option<String>)]
            pub client_uri: Option<Option<String>>,
            /// Its privacy policy; likewise.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some")]
            #[schema(value_type = Option<String>)]
            pub policy_uri: Option<Option<String>>,
            /// Its terms of service; likewise.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some")]
            #[schema(value_type = Option<String>)]
            pub tos_uri: Option<Option<String>>,
            /// The colour of its mark, such as `#0b6e80`; `null`: one of ours.
            #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some")]
            #[schema(value_type = Option<String>, pattern = "^#[0-9a-fA-F]{6}$")]
            pub color: Option<Option<String>>,
        }

        impl Body for $name {}

        impl $name {
            /// The metadata with what was said in the place of what there was.
            ///
            /// # Errors
            /// [`Problem::member`].
            pub fn apply(self, before: ClientMetadata) -> Result<ClientMetadata, Problem> {
                let list = |name, given: Option<Vec<String>>, registered| match given {
                    Some(given) => each(name, &given, |uri| RedirectUri::parse(uri)),
                    None => Ok(registered),
                };
                let grants = |given: Vec<String>| {
                    each("grant_types", &given, |word| GrantType::parse(word).ok_or("this grant type is not offered"))
                };
                let consent = |word: String| match word.as_str() {
                    "ask" => Ok(ConsentPolicy::Ask),
                    "first_party" => Ok(ConsentPolicy::FirstParty),
                    _ => Err(Problem::member("consent", "must be ask or first_party")),
                };
                let key = |jwk: &Jwk| EncryptionKey::parse(&serde_json::Value::Object(jwk.0.clone()).to_string());
                let scope = |text: String| Scope::try_from(text).map_err(|error| Problem::member("scope", error));
                Ok(ClientMetadata {
                    name: self.client_name.unwrap_or(before.name),
                    redirect_uris: list("redirect_uris", self.redirect_uris, before.redirect_uris)?,
                    post_logout_redirect_uris: list(
                        "post_logout_redirect_uris",
                        self.post_logout_redirect_uris,
                        before.post_logout_redirect_uris,
                    )?,
                    grant_types: self.grant_types.map(grants).transpose()?.unwrap_or(before.grant_types),
                    scope: self.scope.map(scope).transpose()?.unwrap_or(before.scope),
                    audience: self.audience.unwrap_or(before.audience),
                    require_pkce: self.require_pkce.unwrap_or(before.require_pkce),
                    consent: self.consent.map(consent).transpose()?.unwrap_or(before.consent),
                    access_token_lifetime: self.access_token_lifetime.unwrap_or(before.access_token_lifetime),
                    backchannel_logout_uri: nullable(
                        "backchannel_logout_uri",
                        self.backchannel_logout_uri,
                        before.backchannel_logout_uri,
                        |text: &String| BackchannelLogoutUri::parse(text),
                    )?,
                    backchannel_logout_session_required: self
                        .backchannel_logout_session_required
                        .unwrap_or(before.backchannel_logout_session_required),
                    id_token_encryption_key: nullable(
                        "id_token_encryption_key",
                        self.id_token_encryption_key,
                        before.id_token_encryption_key,
                        key,
                    )?,
                    follows_feed: self.revocation_feed.unwrap_or(before.follows_feed),
                    required_acr: nullable("required_acr", self.required_acr, before.required_acr, acr)?,
                    claims_mapping: match self.claims_mapping {
                        Some(given) => mappings(&given)?,
                        None => before.claims_mapping,
                    },
                    allowed_roles: named("allowed_roles", self.allowed_roles, before.allowed_roles)?,
                    allowed_groups: named("allowed_groups", self.allowed_groups, before.allowed_groups)?,
                    allowed_networks: named("allowed_networks", self.allowed_networks, before.allowed_networks)?,
                    client_uri: nullable("client_uri", self.client_uri, before.client_uri, link)?,
                    policy_uri: nullable("policy_uri", self.policy_uri, before.policy_uri, link)?,
                    tos_uri: nullable("tos_uri", self.tos_uri, before.tos_uri, link)?,
                    color: nullable("color", self.color, before.color, |text: &String| Color::parse(text))?,
                })
            }
        }
    };
}

with_metadata! {
    /// A client to register. What is not said is as for a site of one's own with the code flow.
    NewClient {
        /// Its id; chosen by the server unless told.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
        #[schema(nullable = false, pattern = "^[A-Za-z0-9._~-]{1,64}$")]
        pub client_id: Option<String>,
        /// Whether it cannot keep a secret: an app, or a page without a server. Stays as it is.
        #[serde(default)]
        pub public: bool,
        /// Its secret, where that is chosen: made by chance, of 24 to 256 visible ASCII characters. Made by the server unless told.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
        #[schema(nullable = false, min_length = 24, max_length = 256, pattern = "^[!-~]+$")]
        pub client_secret: Option<String>,
        /// Its logo.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "object")]
        #[schema(nullable = false)]
        pub logo: Option<LogoFile>,
    }
}

with_metadata! {
    /// What to change of a client.
    ClientPatch {}
}

/// A logo: a PNG, WebP or plain SVG file of at most 32 KiB.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogoFile {
    /// The file in base64 (RFC 4648 4).
    pub base64: String,
}

impl Body for LogoFile {}

impl LogoFile {
    /// The logo.
    ///
    /// # Errors
    /// [`Problem::member`].
    pub fn read(&self) -> Result<Logo, Problem> {
        let content = STANDARD.decode(&self.base64).map_err(|error| Problem::member("base64", error))?;
        Logo::parse(content).map_err(|error| Problem::member("base64", error))
    }
}

/// What a site of the usual kind asks for.
const SCOPE_OF_A_SITE: &str = "openid profile email";

impl NewClient {
    /// The registration that is asked for.
    ///
    /// # Errors
    /// [`Problem::member`].
    pub fn read(mut self, now: UnixTime) -> Result<Registration, Problem> {
        // Sixteen digits are random enough for a name, and short: it is in each token, and twice where it is the audience.
        let chosen = || random::new_id(now).simple().to_string().split_off(16);
        let id = ClientId::try_from(self.client_id.take().unwrap_or_else(chosen));
        let id = id.map_err(|error| Problem::member("client_id", error))?;
        let logo = self.logo.take().map(|logo| logo.read().map_err(|problem| problem.within("logo")));
        let logo = logo.transpose()?;
        let secret = self.client_secret.take().map(Zeroizing::new);
        let secret = secret.map(|text| chosen_secret(&text)).transpose()?;
        let is_public = self.public;
        let usual = Scope::parse(SCOPE_OF_A_SITE).unwrap_or_default();
        let metadata = self.apply(ClientMetadata::new(&id, usual))?;
        Ok(Registration { id, is_public, metadata, logo, secret })
    }
}

/// A secret that the caller has made.
///
/// # Errors
/// [`Problem::member`].
pub(super) fn chosen_secret(text: &str) -> Result<Secret, Problem> {
    Secret::chosen(SecretKind::ClientSecret, text).map_err(|error| Problem::member("client_secret", error))
}

fn each<T, E: Display>(
    name: &str,
    texts: &[String],
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, Problem> {
    let read = |(place, text): (usize, &String)| {
        read(text).map_err(|error| Problem::member(&format!("{name}/{place}"), error))
    };
    texts.iter().enumerate().map(read).collect()
}

fn named<T>(name: &str, given: Option<Vec<String>>, registered: Vec<T>) -> Result<Vec<T>, Problem>
where
    T: FromStr,
    T::Err: Display,
{
    given.map_or(Ok(registered), |given| each(name, &given, str::parse))
}

fn mappings(given: &[ClaimMapping]) -> Result<ClaimsMapping, Problem> {
    let read = |(place, mapping): (usize, &ClaimMapping)| mapping.read(&format!("claims_mapping/{place}"));
    let all: Vec<_> = given.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    Ok(ClaimsMapping::from(all))
}

fn nullable<I, T, E: Display>(
    name: &str,
    given: Option<Option<I>>,
    registered: Option<T>,
    read: impl Fn(&I) -> Result<T, E>,
) -> Result<Option<T>, Problem> {
    match given {
        None => Ok(registered),
        Some(None) => Ok(None),
        Some(Some(text)) => read(&text).map(Some).map_err(|error| Problem::member(name, error)),
    }
}

#[expect(clippy::ptr_arg, reason = "what a member is read from")]
fn acr(text: &String) -> Result<Acr, NotAcr> {
    Acr::parse(text).ok_or(NotAcr)
}

#[expect(clippy::ptr_arg, reason = "what a member is read from")]
fn link(text: &String) -> Result<WebLink, idp_core::web_link::UnfitWebLink> {
    WebLink::parse(text)
}
