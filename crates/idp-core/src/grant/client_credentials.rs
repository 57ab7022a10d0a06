//! Client credentials (RFC 6749 4.4): a client speaks for itself. No refresh token, no ID token.

use crate::client::{Client, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::scope::{OPENID_SCOPES, Scope};

/// Resolves the scope of a client-credentials request: what was asked, or else all the client has,
/// and never a scope that is about a person.
///
/// # Errors
/// `unauthorized_client` when the grant is not the client's, `invalid_scope` when it asks for more than it may.
pub fn granted_scope(client: &Client, asked: Option<&str>) -> Result<Scope, OAuthError> {
    if !client.may_use(GrantType::ClientCredentials) || client.is_public() {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "This client may not use client_credentials.",
        ));
    }
    let own = own_scopes(client);
    let Some(text) = asked else {
        return Ok(own);
    };
    match Scope::parse(text) {
        Ok(scope) if scope.is_subset_of(&own) => Ok(scope),
        _ => Err(OAuthError::new(ErrorCode::InvalidScope, "scope has a value this client may not ask for.")),
    }
}

/// Whether the client could get a token with `scope` today: its registration may have changed since it got one.
#[must_use]
pub fn may_have(client: &Client, scope: &Scope) -> bool {
    client.may_use(GrantType::ClientCredentials) && scope.is_subset_of(&own_scopes(client))
}

/// What a client may ask for in its own name: nothing that is about a person.
pub(crate) fn own_scopes(client: &Client) -> Scope {
    let words: Vec<&str> =
        client.metadata.scope.words().filter(|word| !OPENID_SCOPES.contains(word)).collect();
    Scope::parse(&words.join(" ")).unwrap_or_default()
}
