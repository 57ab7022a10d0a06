//! `client add`.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use idp_core::{
    client::{Client, ClientId, ConsentPolicy, GrantType},
    redirect_uri::RedirectUri,
    scope::Scope,
    secret::Secret,
};
use serde_json::{Value, json};

use super::{options::Options, value};
use crate::{
    cli::{Context, failure::Failure},
    config::ConfigDuration,
    directory::{Directory, clients::NewClient},
};

/// What a site of the usual kind needs.
const OF_A_SITE: [&str; 2] = [GrantType::AuthorizationCode.as_str(), GrantType::RefreshToken.as_str()];

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// The client id
    #[arg(value_parser = ClientId::parse)]
    id: ClientId,
    /// What people see [default: the id]
    #[arg(long)]
    name: Option<String>,
    /// Where codes may be sent, exactly as the site will say it; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI", value_parser = RedirectUri::parse)]
    redirect_uris: Vec<RedirectUri>,
    /// Where a browser may go after signing out; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI", value_parser = RedirectUri::parse)]
    post_logout_redirect_uris: Vec<RedirectUri>,
    /// The client cannot keep a secret: an app, or a page without a server
    #[arg(long)]
    public: bool,
    /// What it may use at the token endpoint; may be repeated
    #[arg(long = "grant", value_parser = grant_type(), default_values = OF_A_SITE)]
    grants: Vec<GrantType>,
    /// The most it may ask for
    #[arg(long, default_value = "openid profile email", value_parser = Scope::parse)]
    scope: Scope,
    /// The resource that its access tokens are for (aud) [default: the id]
    #[arg(long)]
    audience: Option<String>,
    /// Asks people before the client learns about them, as one should for a site of somebody else
    #[arg(long)]
    ask_consent: bool,
    /// Does not demand PKCE; only for an old confidential client
    #[arg(long, conflicts_with = "public")]
    no_pkce: bool,
    /// How long its access tokens live, such as 5m [default: token.access]
    #[arg(long, value_name = "DURATION")]
    access_token_lifetime: Option<ConfigDuration>,
    #[command(flatten)]
    options: Options,
}

/// Reads a grant type as the wire spells it, and lists those there are.
fn grant_type() -> impl TypedValueParser<Value = GrantType> {
    let unknown = "this grant type is not offered";
    PossibleValuesParser::new(GrantType::ALL.map(GrantType::as_str))
        .try_map(move |word| GrantType::parse(&word).ok_or(unknown))
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Directory<'_>,
) -> Result<(), Failure> {
    let (client, secret) = directory.add_client(arguments.into_client()?, context.clock.now()).await?;
    show(context, &client, secret.as_ref())
}

fn show(context: &Context, client: &Client, secret: Option<&Secret>) -> Result<(), Failure> {
    let mut text =
        format!("Added {}\nIssuer: {}\nClient id: {}", client.name, context.config.issuer.url, client.id);
    let mut value = value(client);
    if let (Some(secret), Value::Object(members)) = (secret, &mut value) {
        text.push_str("\nClient secret (shown once): ");
        text.push_str(secret.expose());
        members.insert("client_secret".to_owned(), json!(secret.expose()));
    }
    Ok(context.output.show(&text, &value)?)
}

impl Arguments {
    fn into_client(self) -> Result<NewClient, Failure> {
        Ok(NewClient {
            name: self.name,
            is_public: self.public,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            grant_types: self.grants,
            audience: self.audience,
            require_pkce: !self.no_pkce,
            consent: if self.ask_consent { ConsentPolicy::Ask } else { ConsentPolicy::FirstParty },
            access_token_lifetime: self.access_token_lifetime.map(ConfigDuration::as_secs),
            backchannel_logout: self.options.backchannel_logout(),
            id_token_encryption_key: self.options.encryption_key()?,
            follows_feed: self.options.feed,
            ..NewClient::new(self.id, self.scope)
        })
    }
}
