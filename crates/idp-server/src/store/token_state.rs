//! Whether a genuine, unexpired access token still counts: what userinfo and introspection ask, since they
//! sit beside the database and need not wait for its expiry.

use super::Store;
use super::sessions::SignedIn;
use crate::clock::CLOCK_LEEWAY;
use crate::db::grants::GrantKey;
use crate::db::{DbError, denied_tokens};
use idp_core::client::{Client, ClientId};
use idp_core::grant::{Grant, client_credentials};
use idp_core::scope::Scope;
use idp_core::time::UnixTime;
use idp_core::token::AccessTokenClaims;
use idp_core::user::User;

/// Whom a token that counts speaks for.
pub enum TokenState {
    /// A person, under a grant.
    Person {
        /// Who.
        user: Box<User>,
        /// What they granted.
        grant: Box<Grant>,
    },
    /// The client itself.
    Client,
}

impl Store {
    /// The state of a token that was read back; `None` when it does not count any more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn token_state(
        &self,
        claims: &AccessTokenClaims,
        now: UnixTime,
    ) -> Result<Option<TokenState>, DbError> {
        let client = match ClientId::parse(&claims.client_id) {
            Ok(id) => self.registered_client(&id).await?,
            Err(_) => None,
        };
        let Some(client) = client.filter(|client| client.honours(claims.iat, now)) else {
            return Ok(None);
        };
        let Some(key) = GrantKey::of_token(&claims.jti) else {
            let jti = claims.jti.to_string();
            let counts = is_of_client(claims, &client)
                && !self.read(move |connection| denied_tokens::is_denied(connection, &jti)).await?;
            return Ok(counts.then_some(TokenState::Client));
        };
        let Some((grant, mut session, user)) = self.grants.ask(key).await? else {
            return Ok(None);
        };
        self.add_last_use(&mut session, &user, now).await?;
        let signed_in = SignedIn { session, user };
        let counts = grant.is_alive(&client, now)
            && grant.epoch == claims.jti.epoch()
            && signed_in.is_alive(self.policies.session, now)
            && signed_in.user.honours(claims.iat, now)
            && now < claims.exp.plus(CLOCK_LEEWAY);
        let (user, grant) = (Box::new(signed_in.user), Box::new(grant));
        Ok(counts.then_some(TokenState::Person { user, grant }))
    }
}

/// Whether the client got the token in its own name, and still could.
fn is_of_client(claims: &AccessTokenClaims, client: &Client) -> bool {
    let scope = Scope::try_from(claims.scope.clone());
    claims.person.is_none()
        && claims.aud.contains(&client.metadata.audience)
        && scope.is_ok_and(|scope| client_credentials::may_have(client, &scope))
}
