//! Flags of `client set` that change some of a list, where those of `client add` replace all of it.

use clap::Args;
use idp_core::{client::GrantType, redirect_uri::RedirectUri, scope::Scope};
use serde_json::{Value, json};

use super::metadata_flags::grant_type;
use crate::{admin_api::client::Client, cli::failure::Failure};

/// Flags that change some of a list, where those of `client add` replace all of it.
#[derive(Args, Clone, Eq, PartialEq, Default, Debug)]
pub(super) struct ListFlags {
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

impl ListFlags {
    /// The lists that change, by the members of the API.
    pub(super) fn members(self, seen: &Client) -> Result<Vec<(String, Value)>, Failure> {
        let uris = |uris: Vec<RedirectUri>| uris.iter().map(|uri| uri.as_str().to_owned()).collect();
        let grants = |grants: Vec<GrantType>| grants.iter().map(|grant| grant.as_str().to_owned()).collect();
        let words = |scope: Option<Scope>| {
            let scope = scope.unwrap_or_default();
            scope.words().map(str::to_owned).collect::<Vec<String>>()
        };
        let registered: Vec<String> = seen.scope.split_whitespace().map(str::to_owned).collect();
        let scope = changed("scope", &registered, words(self.add_scope), &words(self.remove_scope))?;
        let lists = [
            (
                "redirect_uris",
                changed(
                    "redirect-uri",
                    &seen.redirect_uris,
                    uris(self.add_redirect_uris),
                    &self.remove_redirect_uris,
                )?,
            ),
            (
                "post_logout_redirect_uris",
                changed(
                    "post-logout-redirect-uri",
                    &seen.post_logout_redirect_uris,
                    uris(self.add_post_logout_redirect_uris),
                    &self.remove_post_logout_redirect_uris,
                )?,
            ),
            (
                "grant_types",
                changed("grant", &seen.grant_types, grants(self.add_grants), &grants(self.remove_grants))?,
            ),
        ];
        let lists = lists.into_iter().filter_map(|(member, list)| Some((member.to_owned(), json!(list?))));
        Ok(lists.chain(scope.map(|words| ("scope".to_owned(), json!(words.join(" "))))).collect())
    }
}

/// The list without what was removed and with what was added; none where that is nothing. `flag` is what its flags end with.
fn changed(
    flag: &str,
    registered: &[String],
    add: Vec<String>,
    remove: &[String],
) -> Result<Option<Vec<String>>, Failure> {
    if add.is_empty() && remove.is_empty() {
        return Ok(None);
    }
    let mut list = registered.to_vec();
    for gone in remove {
        let before = list.len();
        list.retain(|item| item != gone);
        if list.len() == before {
            let there = list.join(" ");
            return Err(Failure::refused(format!("--remove-{flag} {gone}: not among {there}")));
        }
    }
    list.extend(add);
    Ok(Some(list))
}
