//! `client set`: changes a registration, one flag a property. The flags of `client add` replace what was registered, those
//! here take a property back, and add to or remove from a list. The id, the secrets and whether there are any stay: see
//! `client secret`, and `client add --public`.

use clap::Args;
use idp_core::{
    client::{ClaimsMapping, ClientId, ClientMetadata, ConsentPolicy, GrantType},
    grant::LostRights,
    redirect_uri::RedirectUri,
    scope::Scope,
};

use super::{
    Id, count_grants,
    metadata_flags::{MetadataFlags, grant_type},
    said_grants, show,
};
use crate::{
    cli::{Context, confirmation::Confirmation, failure::Failure},
    directory::Administration,
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    client: Id,
    #[command(flatten)]
    metadata: MetadataFlags,
    #[command(flatten)]
    lists: ListFlags,
    #[command(flatten)]
    back: BackFlags,
    #[command(flatten)]
    confirmation: Confirmation,
}

/// Flags that change some of a list, where those of `client add` replace all of it.
#[derive(Args, Clone, Eq, PartialEq, Default, Debug)]
struct ListFlags {
    /// One more place where codes may be sent; may be repeated
    #[arg(long = "add-redirect-uri", value_name = "URI", value_parser = RedirectUri::parse)]
    #[arg(conflicts_with = "redirect_uris")]
    add_redirect_uris: Vec<RedirectUri>,
    /// Codes may not be sent there any more, those under way neither; may be repeated
    #[arg(long = "remove-redirect-uri", value_name = "URI", conflicts_with = "redirect_uris")]
    remove_redirect_uris: Vec<String>,
    /// One more place where a browser may go after signing out; may be repeated
    #[arg(long = "add-post-logout-redirect-uri", value_name = "URI", value_parser = RedirectUri::parse)]
    #[arg(conflicts_with = "post_logout_redirect_uris")]
    add_post_logout_redirect_uris: Vec<RedirectUri>,
    /// A browser may not go there any more after signing out; may be repeated
    #[arg(long = "remove-post-logout-redirect-uri", value_name = "URI")]
    #[arg(conflicts_with = "post_logout_redirect_uris")]
    remove_post_logout_redirect_uris: Vec<String>,
    /// One more grant type; may be repeated
    #[arg(long = "add-grant", value_name = "GRANT", value_parser = grant_type(), conflicts_with = "grant_types")]
    add_grants: Vec<GrantType>,
    /// A grant type that it may not use any more; what it was given by it ends; may be repeated
    #[arg(long = "remove-grant", value_name = "GRANT", value_parser = grant_type())]
    #[arg(conflicts_with = "grant_types")]
    remove_grants: Vec<GrantType>,
    /// Words that it may ask for as well
    #[arg(long, value_name = "SCOPE", value_parser = Scope::parse, conflicts_with = "scope")]
    add_scope: Option<Scope>,
    /// Words that it may not ask for any more; the grants that have one of them end
    #[arg(long, value_name = "SCOPE", value_parser = Scope::parse, conflicts_with = "scope")]
    remove_scope: Option<Scope>,
}

/// Flags that take back what a flag of `client add` says.
#[derive(Args, Clone, Eq, PartialEq, Default, Debug)]
struct BackFlags {
    /// People are not asked before the client learns about them: a site of your own
    #[arg(long, conflicts_with = "ask_consent")]
    no_ask_consent: bool,
    /// Demands PKCE again
    #[arg(long, conflicts_with = "no_pkce")]
    pkce: bool,
    /// The site is not told of the end of sessions any more
    #[arg(long, conflicts_with_all = ["backchannel_logout_uri", "backchannel_logout_session_required"])]
    no_backchannel_logout: bool,
    /// The site can do without the id of the session
    #[arg(long, conflicts_with = "backchannel_logout_session_required")]
    no_backchannel_logout_session_required: bool,
    /// Its ID tokens are signed only
    #[arg(long, conflicts_with = "id_token_encryption_key")]
    no_id_token_encryption: bool,
    /// The site may not follow the revocation feed any more; a stream that is open ends within the hour
    #[arg(long, conflicts_with = "feed")]
    no_feed: bool,
    /// Sign-ins of any class are good for it
    #[arg(long, conflicts_with = "require_acr")]
    no_require_acr: bool,
    /// People are shown no link to its home page any more
    #[arg(long, conflicts_with = "client_uri")]
    no_client_uri: bool,
    /// People are shown no link to its privacy policy any more
    #[arg(long, conflicts_with = "policy_uri")]
    no_policy_uri: bool,
    /// People are shown no link to its terms of service any more
    #[arg(long, conflicts_with = "tos_uri")]
    no_tos_uri: bool,
    /// Its mark has one of our colours again
    #[arg(long, conflicts_with = "color")]
    no_color: bool,
    /// The site is told of no roles and groups any more
    #[arg(long, conflicts_with = "map_claims")]
    no_map_claims: bool,
    /// No role is needed to sign in there
    #[arg(long, conflicts_with = "allow_roles")]
    no_allow_roles: bool,
    /// No group is needed to sign in there
    #[arg(long, conflicts_with = "allow_groups")]
    no_allow_groups: bool,
    /// People may sign in there from everywhere
    #[arg(long, conflicts_with = "allow_networks")]
    no_allow_networks: bool,
    /// Its mark is a letter again
    #[arg(long, conflicts_with = "logo")]
    no_logo: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let Arguments { client, metadata, lists, back, confirmation } = arguments;
    let nothing = (MetadataFlags::default(), ListFlags::default(), BackFlags::default());
    if (&metadata, &lists, &back) == (&nothing.0, &nothing.1, &nothing.2) {
        return Err(Failure::refused("nothing to change; see client set --help"));
    }
    let (logo, no_logo, now) = (metadata.logo()?, back.no_logo, context.clock.now());
    let change = |before| Ok::<_, Failure>(back.apply(lists.apply(metadata.apply(before)?)?));
    let before = directory.client(&client.id).await?;
    // What the registration itself refuses is told by the act.
    if let Ok(after) = before.clone().with_metadata(change.clone()(before.metadata.clone())?) {
        let lost = LostRights::between(&before, &after);
        if let Some(effect) = what_goes_with(&lost, &client.id, directory).await? {
            confirmation.ask(async || Ok(effect)).await?;
        }
    }
    directory.change_client(&client.id, change, now).await?;
    if logo.is_some() || no_logo {
        directory.set_client_logo(&client.id, logo, now).await?;
    }
    show::run(&client.id, context, directory).await
}

/// What ends with rights that are taken away, if anything does.
async fn what_goes_with(
    lost: &LostRights,
    id: &ClientId,
    directory: Administration<'_>,
) -> Result<Option<String>, Failure> {
    let (grants, own_tokens) = match (lost.concern_grants(), lost.end_own_tokens()) {
        (false, false) => return Ok(None),
        (false, true) => (0, true),
        (true, own_tokens) => (count_grants(id, directory, |grant| lost.end(grant)).await?, own_tokens),
    };
    if grants == 0 && !own_tokens {
        return Ok(None);
    }
    let tokens = if own_tokens { " and the tokens that it got in its own name" } else { "" };
    let grants = said_grants(grants);
    Ok(Some(format!(
        "This takes rights away from {id}: {grants} of people who are signed in there would end{tokens}"
    )))
}

impl ListFlags {
    fn apply(self, metadata: ClientMetadata) -> Result<ClientMetadata, Failure> {
        let redirect_uris = List { flag: "redirect-uri", spell: RedirectUri::as_str };
        let post_logout = List { flag: "post-logout-redirect-uri", spell: RedirectUri::as_str };
        let grants = List { flag: "grant", spell: |grant: &GrantType| grant.as_str() };
        let scope = List { flag: "scope", spell: String::as_str };
        let words = |scope: &Scope| scope.words().map(str::to_owned).collect::<Vec<String>>();
        let [add, remove] =
            [self.add_scope, self.remove_scope].map(|scope| words(&scope.unwrap_or_default()));
        let scope = scope.changed(words(&metadata.scope), add, &remove)?;
        Ok(ClientMetadata {
            redirect_uris: redirect_uris.changed(
                metadata.redirect_uris,
                self.add_redirect_uris,
                &self.remove_redirect_uris,
            )?,
            post_logout_redirect_uris: post_logout.changed(
                metadata.post_logout_redirect_uris,
                self.add_post_logout_redirect_uris,
                &self.remove_post_logout_redirect_uris,
            )?,
            grant_types: grants.changed(
                metadata.grant_types,
                self.add_grants,
                &self.remove_grants.iter().map(|grant| grant.as_str()).collect::<Vec<_>>(),
            )?,
            scope: Scope::try_from(scope.join(" ")).map_err(Failure::refused)?,
            ..metadata
        })
    }
}

/// A list of a registration.
struct List<T> {
    /// What its flags end with.
    flag: &'static str,
    /// An item as it is written on the command line.
    spell: fn(&T) -> &str,
}

impl<T> List<T> {
    /// The list without what was removed and with what was added.
    fn changed(&self, mut list: Vec<T>, add: Vec<T>, remove: &[impl AsRef<str>]) -> Result<Vec<T>, Failure> {
        for gone in remove.iter().map(AsRef::as_ref) {
            let before = list.len();
            list.retain(|item| (self.spell)(item) != gone);
            if list.len() == before {
                let there: Vec<&str> = list.iter().map(self.spell).collect();
                let (flag, there) = (self.flag, there.join(" "));
                return Err(Failure::refused(format!("--remove-{flag} {gone}: not among {there}")));
            }
        }
        list.extend(add);
        Ok(list)
    }
}

impl BackFlags {
    fn apply(self, mut metadata: ClientMetadata) -> ClientMetadata {
        if self.no_ask_consent {
            metadata.consent = ConsentPolicy::FirstParty;
        }
        if self.pkce {
            metadata.require_pkce = true;
        }
        if self.no_backchannel_logout {
            metadata.backchannel_logout_uri = None;
        }
        if self.no_backchannel_logout || self.no_backchannel_logout_session_required {
            metadata.backchannel_logout_session_required = false;
        }
        if self.no_id_token_encryption {
            metadata.id_token_encryption_key = None;
        }
        if self.no_feed {
            metadata.follows_feed = false;
        }
        if self.no_require_acr {
            metadata.required_acr = None;
        }
        let links = [
            (self.no_client_uri, &mut metadata.client_uri),
            (self.no_policy_uri, &mut metadata.policy_uri),
            (self.no_tos_uri, &mut metadata.tos_uri),
        ];
        for (_, link) in links.into_iter().filter(|(is_gone, _)| *is_gone) {
            *link = None;
        }
        if self.no_color {
            metadata.color = None;
        }
        if self.no_map_claims {
            metadata.claims_mapping = ClaimsMapping::default();
        }
        if self.no_allow_roles {
            metadata.allowed_roles.clear();
        }
        if self.no_allow_groups {
            metadata.allowed_groups.clear();
        }
        if self.no_allow_networks {
            metadata.allowed_networks.clear();
        }
        metadata
    }
}
