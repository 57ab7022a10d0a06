//! What a client may no longer do after its registration was changed, and what that ends. A right that was taken away
//! takes with it what was issued under it: nothing of that comes back with the right.

use super::Grant;
use super::client_credentials::own_scopes;
use crate::client::{Client, GrantType};
use crate::scope::Scope;
use crate::user::scope_of;

/// Rights that a client had and has no more.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct LostRights {
    scope: Scope,
    /// The code flow or refreshing, the resource that tokens were for, or networks to sign in from.
    every_grant: bool,
    /// What the client could ask for in its own name.
    own_tokens: bool,
}

impl LostRights {
    /// The rights that the client had by the registration `before` and does not have by `after`.
    #[must_use]
    pub fn between(before: &Client, after: &Client) -> Self {
        let lost = |grant| before.may_use(grant) && !after.may_use(grant);
        let other_audience = before.metadata.audience != after.metadata.audience;
        let own_scope_shrinks = !own_scopes(before).is_subset_of(&own_scopes(after));
        Self {
            scope: before.metadata.scope.without(&after.metadata.scope),
            every_grant: lost(GrantType::AuthorizationCode)
                || lost(GrantType::RefreshToken)
                || other_audience
                // Where a grant was opened from is not written down.
                || before.metadata.has_networks_narrowed_by(&after.metadata),
            own_tokens: before.may_use(GrantType::ClientCredentials)
                && (lost(GrantType::ClientCredentials) || other_audience || own_scope_shrinks),
        }
    }

    /// Whether any grant may have to end.
    #[must_use]
    pub fn concern_grants(&self) -> bool {
        self.every_grant || !self.scope.is_empty()
    }

    /// Whether `grant` rests on one of them.
    #[must_use]
    pub fn end(&self, grant: &Grant) -> bool {
        let by_name = |claim: &String| scope_of(claim).is_some_and(|scope| self.scope.contains(scope));
        self.every_grant
            || grant.scope.words().any(|word| self.scope.contains(word))
            || grant.claims.iter().any(by_name)
    }

    /// Whether the tokens that the client got in its own name end.
    #[must_use]
    pub const fn end_own_tokens(&self) -> bool {
        self.own_tokens
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::authentication::{Acr, Factor, Proofs};
    use crate::client::{ClientId, sample};
    use crate::time::UnixTime;
    use uuid::Uuid;

    fn client() -> Client {
        let mut client = sample::client(sample::confidential());
        client.metadata.grant_types = GrantType::ALL.to_vec();
        client.metadata.scope = Scope::parse("openid profile email read write").unwrap();
        client
    }

    fn grant(scope: &str, claims: &[&str]) -> Grant {
        Grant {
            id: Uuid::nil(),
            user: Uuid::nil(),
            sid: Uuid::nil(),
            client_id: ClientId::parse("site-a").unwrap(),
            scope: Scope::parse(scope).unwrap(),
            claims: claims.iter().map(|&claim| claim.to_owned()).collect(),
            proofs: Proofs::of(Factor::Password, UnixTime(0)),
            acr: Acr::parse("1").unwrap(),
            created_at: UnixTime(0),
            expires_at: UnixTime(0),
            refresh: None,
            epoch: 0,
            ended: None,
        }
    }

    #[test]
    fn b9_a_scope_that_is_taken_away_ends_what_rests_on_it_and_nothing_else() {
        let mut later = client();
        later.metadata.scope = Scope::parse("read openid profile phone").unwrap();
        let lost = LostRights::between(&client(), &later);
        assert!(lost.concern_grants());
        for (scope, claims, ends) in [
            ("openid email", &[][..], true),
            ("openid write", &[], true),
            ("openid", &["email_verified"], true),
            ("openid profile read", &["name"], false),
            ("openid", &[], false),
        ] {
            assert_eq!(lost.end(&grant(scope, claims)), ends, "{scope} {claims:?}");
        }
        assert!(lost.end_own_tokens(), "write may be in one");
        later.metadata.scope = Scope::parse("openid profile read write").unwrap();
        assert!(!LostRights::between(&client(), &later).end_own_tokens(), "email never is");
    }

    #[test]
    fn b9_a_grant_type_or_the_audience_that_is_taken_away_ends_what_came_by_it() {
        for (gone, grants, own) in [
            (GrantType::AuthorizationCode, true, false),
            (GrantType::RefreshToken, true, false),
            (GrantType::ClientCredentials, false, true),
        ] {
            let mut later = client();
            later.metadata.grant_types.retain(|grant| *grant != gone);
            let lost = LostRights::between(&client(), &later);
            assert_eq!((lost.end(&grant("openid", &[])), lost.end_own_tokens()), (grants, own), "{gone:?}");
            assert_eq!(lost.concern_grants(), grants);
            assert_eq!(
                LostRights::between(&later, &client()),
                LostRights::default(),
                "a new right ends nothing"
            );
        }
        let mut later = client();
        later.metadata.audience = "https://b.example".into();
        let lost = LostRights::between(&client(), &later);
        assert!(lost.end(&grant("openid", &[])) && lost.end_own_tokens());
    }

    #[test]
    fn b9_what_is_no_right_ends_nothing() {
        let mut later = client();
        later.metadata.name = "Other".into();
        later.metadata.require_pkce = false;
        later.metadata.access_token_lifetime = Some(60);
        later.metadata.redirect_uris.clear();
        assert_eq!(LostRights::between(&client(), &later), LostRights::default());
    }
}
