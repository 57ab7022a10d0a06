//! The flags that say what a client is registered for: the same for `client add`, where they complete the defaults, and
//! `client set`, where each replaces what was registered.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use idp_core::{
    administration::{GroupName, RoleName},
    authentication::{Acr, NotAcr},
    backchannel::BackchannelLogoutUri,
    client::{ClaimMapping, ConsentPolicy, GrantType},
    color::Color,
    key::EncryptionKey,
    logo::Logo,
    redirect_uri::RedirectUri,
    scope::Scope,
    web_link::WebLink,
};
use ipnet::IpNet;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    admin_api::{client, client_metadata::LogoFile},
    cli::failure::Failure,
    config::{ConfigDuration, ConfigDurationError},
};

#[derive(Args, Clone, Eq, PartialEq, Default, Debug)]
pub(super) struct MetadataFlags {
    /// What people see [for a new client: the id]
    #[arg(long)]
    name: Option<String>,
    /// Where codes may be sent, exactly as the site will say it; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI", value_parser = RedirectUri::parse)]
    redirect_uris: Vec<RedirectUri>,
    /// Where a browser may go after signing out; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI", value_parser = RedirectUri::parse)]
    post_logout_redirect_uris: Vec<RedirectUri>,
    /// What it may use at the token endpoint; may be repeated [for a new client: authorization_code refresh_token]
    #[arg(long = "grant", value_parser = grant_type())]
    grant_types: Vec<GrantType>,
    /// The most it may ask for, words with a space between [for a new client: openid profile email]
    #[arg(long, value_parser = Scope::parse)]
    scope: Option<Scope>,
    /// The resource that its access tokens are for (aud) [for a new client: the id]
    #[arg(long)]
    audience: Option<String>,
    /// Asks people before the client learns about them, as one should for a third-party site
    #[arg(long)]
    ask_consent: bool,
    /// Does not demand PKCE; only for an old confidential client
    #[arg(long)]
    no_pkce: bool,
    /// How long its access tokens live, such as 5m; default: as token.access says
    #[arg(long, value_name = "DURATION")]
    access_token_lifetime: Option<Lifetime>,
    /// Where the site is told that a session ended (OpenID Connect Back-Channel Logout)
    #[arg(long, value_name = "URI", value_parser = BackchannelLogoutUri::parse)]
    backchannel_logout_uri: Option<BackchannelLogoutUri>,
    /// The site cannot do without the id of the session (sid), which it always gets
    #[arg(long)]
    backchannel_logout_session_required: bool,
    /// A file with the site's public RSA key, as JWK or PEM: its ID tokens are then encrypted (RSA-OAEP-256, A256GCM)
    #[arg(long, value_name = "FILE")]
    id_token_encryption_key: Option<PathBuf>,
    /// The site may follow the revocation feed
    #[arg(long)]
    feed: bool,
    /// The class (acr) that each sign-in for it must be of, whatever its requests ask for; a name of authentication.levels
    #[arg(long, value_name = "NAME", value_parser = acr)]
    require_acr: Option<Acr>,
    /// The site's home page, which people are shown a link to
    #[arg(long, value_name = "URL", value_parser = WebLink::parse)]
    client_uri: Option<WebLink>,
    /// What the site does with what it learns about people (privacy policy); they are shown a link
    #[arg(long, value_name = "URL", value_parser = WebLink::parse)]
    policy_uri: Option<WebLink>,
    /// The site's terms of service; people are shown a link
    #[arg(long, value_name = "URL", value_parser = WebLink::parse)]
    tos_uri: Option<WebLink>,
    /// The colour of the site's mark, such as #0b6e80, where it has no logo
    #[arg(long, value_name = "COLOUR", value_parser = Color::parse)]
    color: Option<Color>,
    /// A PNG, WebP or SVG file of at most 32 KiB with the site's logo, square if possible
    #[arg(long, value_name = "FILE")]
    logo: Option<PathBuf>,
    /// Tells the site of people's roles or groups, as CLAIM=roles[:PREFIX][@TARGETS] or CLAIM=groups[:PREFIX][@TARGETS]: names
    /// that begin with PREFIX, without it, into some of access_token (the default), id_token and userinfo; may be repeated
    #[arg(long = "map-claim", value_name = "MAPPING", value_parser = ClaimMapping::from_str)]
    map_claims: Vec<ClaimMapping>,
    /// Only people with this role may sign in there; may be repeated, and one role or group is enough
    #[arg(long = "allow-role", value_name = "ROLE", value_parser = RoleName::from_str)]
    allow_roles: Vec<RoleName>,
    /// Only people in this group may sign in there; may be repeated, and one role or group is enough
    #[arg(long = "allow-group", value_name = "GROUP", value_parser = GroupName::from_str)]
    allow_groups: Vec<GroupName>,
    /// People may sign in there from this network only, such as 10.0.0.0/8; may be repeated
    #[arg(long = "allow-network", value_name = "NETWORK", value_parser = IpNet::from_str)]
    allow_networks: Vec<IpNet>,
}

/// A lifetime of a client's own, or the server's.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
enum Lifetime {
    Default,
    Own(ConfigDuration),
}

impl FromStr for Lifetime {
    type Err = ConfigDurationError;

    fn from_str(text: &str) -> Result<Self, ConfigDurationError> {
        match text {
            "default" => Ok(Self::Default),
            text => text.parse().map(Self::Own),
        }
    }
}

impl MetadataFlags {
    /// The logo, which is stored beside the metadata.
    pub(super) fn logo(&self) -> Result<Option<LogoFile>, Failure> {
        self.logo.as_deref().map(read_logo).transpose()
    }

    /// What was said, by the members of the API.
    pub(super) fn members(self) -> Result<Map<String, Value>, Failure> {
        // A flag that is added does not compile here until it does something.
        let Self {
            name,
            redirect_uris,
            post_logout_redirect_uris,
            grant_types,
            scope,
            audience,
            ask_consent,
            no_pkce,
            access_token_lifetime,
            backchannel_logout_uri,
            backchannel_logout_session_required,
            id_token_encryption_key,
            feed,
            require_acr,
            client_uri,
            policy_uri,
            tos_uri,
            color,
            logo: _,
            map_claims,
            allow_roles,
            allow_groups,
            allow_networks,
        } = self;
        let key = id_token_encryption_key.as_deref().map(encryption_key).transpose()?;
        let lifetime = access_token_lifetime.map(|lifetime| match lifetime {
            Lifetime::Default => Value::Null,
            Lifetime::Own(lifetime) => json!(lifetime.as_secs()),
        });
        let mappings = map_claims.iter().map(client::ClaimMapping::from).collect::<Vec<_>>();
        let said = [
            ("client_name", name.map(Value::from)),
            ("redirect_uris", list(&redirect_uris)),
            ("post_logout_redirect_uris", list(&post_logout_redirect_uris)),
            ("grant_types", list(&grant_types)),
            ("scope", scope.map(|scope| json!(scope.to_string()))),
            ("audience", audience.map(Value::from)),
            ("consent", ask_consent.then(|| json!(client::consent_word(ConsentPolicy::Ask)))),
            ("require_pkce", no_pkce.then_some(Value::Bool(false))),
            ("access_token_lifetime", lifetime),
            ("backchannel_logout_uri", backchannel_logout_uri.map(|uri| json!(uri))),
            (
                "backchannel_logout_session_required",
                backchannel_logout_session_required.then_some(Value::Bool(true)),
            ),
            ("id_token_encryption_key", key.map(|key| json!(key))),
            ("revocation_feed", feed.then_some(Value::Bool(true))),
            ("required_acr", require_acr.map(|acr| json!(acr))),
            ("client_uri", client_uri.map(|uri| json!(uri))),
            ("policy_uri", policy_uri.map(|uri| json!(uri))),
            ("tos_uri", tos_uri.map(|uri| json!(uri))),
            ("color", color.map(|color| json!(color))),
            ("claims_mapping", list(&mappings)),
            ("allowed_roles", list(&allow_roles)),
            ("allowed_groups", list(&allow_groups)),
            ("allowed_networks", list(&allow_networks)),
        ];
        let said = said.into_iter();
        Ok(said.filter_map(|(member, value)| Some((member.to_owned(), value?))).collect())
    }
}

/// Reads a grant type as the wire spells it, and lists those there are.
pub(super) fn grant_type() -> impl TypedValueParser<Value = GrantType> {
    let unknown = "this grant type is not offered";
    PossibleValuesParser::new(GrantType::ALL.map(GrantType::as_str))
        .try_map(move |word| GrantType::parse(&word).ok_or(unknown))
}

fn acr(text: &str) -> Result<Acr, NotAcr> {
    Acr::parse(text).ok_or(NotAcr)
}

/// A flag that was given replaces all that was registered.
fn list(given: &[impl Serialize]) -> Option<Value> {
    (!given.is_empty()).then(|| json!(given))
}

fn encryption_key(path: &Path) -> Result<client::Jwk, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| refuse_key(path, &format!("cannot be read: {error}")))?;
    let key = EncryptionKey::parse(&text).map_err(|error| refuse_key(path, &error.to_string()))?;
    Ok(client::Jwk::of(&key))
}

fn read_logo(path: &Path) -> Result<LogoFile, Failure> {
    let refuse = |problem: String| Failure::refused(format!("--logo {}: {problem}", path.display()));
    let content = std::fs::read(path).map_err(|error| refuse(format!("cannot be read: {error}")))?;
    let logo = Logo::parse(content).map_err(|error| refuse(error.to_string()))?;
    Ok(LogoFile { base64: STANDARD.encode(logo.content()) })
}

fn refuse_key(path: &Path, problem: &str) -> Failure {
    Failure::refused(format!("--id-token-encryption-key {}: {problem}", path.display()))
}
