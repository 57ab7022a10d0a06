//! Whether a genuine, unexpired access token still counts: what userinfo and introspection ask, since they
//! sit beside the database and need not wait for its expiry.

use super::{Store, sessions};
use crate::clock::CLOCK_LEEWAY;
use crate::db::{Connection, DbError, clients, denied_tokens, grants};
use idp_core::client::{Client, ClientId};
use idp_core::grant::{Grant, client_credentials};
use idp_core::scope::Scope;
use idp_core::session::SessionPolicy;
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
        let (claims, policy) = (claims.clone(), self.policies.session);
        self.read(move |connection| state(connection, &claims, policy, now)).await
    }
}

fn state(
    connection: &mut Connection,
    claims: &AccessTokenClaims,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<Option<TokenState>, DbError> {
    if denied_tokens::is_denied(connection, &claims.jti.to_string())? {
        return Ok(None);
    }
    let client = match ClientId::parse(&claims.client_id) {
        Ok(id) => clients::by_id(connection, &id)?,
        Err(_) => None,
    };
    let Some(client) = client.filter(|client| client.honours(claims.iat, now)) else {
        return Ok(None);
    };
    let Some(id) = claims.jti.grant() else {
        return Ok(is_of_client(claims, &client).then_some(TokenState::Client));
    };
    let grant = grants::by_id(connection, id)?.filter(|grant| grant.is_alive(&client, now));
    let Some(grant) = grant else {
        return Ok(None);
    };
    let Some(signed_in) = sessions::alive(connection, grant.sid, policy, now)? else {
        return Ok(None);
    };
    let counts = signed_in.user.honours(claims.iat, now) && now < claims.exp.plus(CLOCK_LEEWAY);
    let (user, grant) = (Box::new(signed_in.user), Box::new(grant));
    Ok(counts.then_some(TokenState::Person { user, grant }))
}

/// Whether the client got the token in its own name, and still could.
fn is_of_client(claims: &AccessTokenClaims, client: &Client) -> bool {
    let scope = Scope::try_from(claims.scope.clone());
    claims.person.is_none()
        && claims.aud.contains(&client.metadata.audience)
        && scope.is_ok_and(|scope| client_credentials::may_have(client, &scope))
}
