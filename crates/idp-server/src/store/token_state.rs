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
use idp_core::session::Ended;
use idp_core::time::UnixTime;
use idp_core::token::{AccessTokenClaims, TokenId};
use idp_core::user::{User, UserStatus};

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

/// Why a genuine access token does not count any more.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum Uncounted {
    /// Its client is none any more.
    #[error("its client is not registered any more")]
    NoClient,
    /// What the client was issued by then is void.
    #[error("everything that its client was issued by then is void")]
    ClientVoided,
    /// The client got it in its own name, and could not get it now.
    #[error("its client may not have it any more")]
    ClientMayNot,
    /// It was given back by itself (RFC 7009).
    #[error("its client gave it back")]
    GivenBack,
    /// Nothing is known of its grant.
    #[error("nothing is known of its grant: that ended long ago, or its person or client was removed")]
    NoGrant,
    /// Its person may not sign in.
    #[error("its person may not sign in: the account is {0}")]
    Person(&'static str),
    /// Its session is over.
    #[error("its session ended: {}", .0.cause.as_str())]
    Session(Ended),
    /// Its grant was ended.
    #[error("its grant ended: {}", .0.cause.as_str())]
    Grant(Ended),
    /// Its grant has reached its age.
    #[error("its grant has expired")]
    GrantExpired,
    /// The tokens of its grant were taken back once since.
    #[error("what the person may do there changed since, and the tokens before that were taken back")]
    EarlierEpoch,
    /// What the person was issued by then is void.
    #[error("everything that its person was issued by then is void")]
    PersonVoided,
    /// It is past its expiry.
    #[error("it has expired")]
    Expired,
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
        Ok(self.judge_token(claims, now).await?.ok())
    }

    /// The same, with the reason why it does not count.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn judge_token(
        &self,
        claims: &AccessTokenClaims,
        now: UnixTime,
    ) -> Result<Result<TokenState, Uncounted>, DbError> {
        let client = match ClientId::parse(&claims.client_id) {
            Ok(id) => self.registered_client(&id).await?,
            Err(_) => None,
        };
        let Some(client) = client else { return Ok(Err(Uncounted::NoClient)) };
        if !client.honours(claims.iat, now) {
            return Ok(Err(Uncounted::ClientVoided));
        }
        let Some(key) = GrantKey::of_token(&claims.jti) else {
            if !is_of_client(claims, &client) {
                return Ok(Err(Uncounted::ClientMayNot));
            }
            let is_denied = self.is_given_back(&claims.jti).await?;
            return Ok(if is_denied { Err(Uncounted::GivenBack) } else { Ok(TokenState::Client) });
        };
        let Some((grant, mut session, user)) = self.grants.ask(key).await? else {
            let is_denied = self.is_given_back(&claims.jti).await?;
            return Ok(Err(if is_denied { Uncounted::GivenBack } else { Uncounted::NoGrant }));
        };
        self.add_last_use(&mut session, &user, now).await?;
        let signed_in = SignedIn { session, user };
        let refusal = self.refusal(claims, (&grant, &client), &signed_in, now);
        let (user, grant) = (Box::new(signed_in.user), Box::new(grant));
        Ok(refusal.map_or(Ok(TokenState::Person { user, grant }), Err))
    }

    /// The first reason for which a token of a person does not count: what ended most is named first.
    fn refusal(
        &self,
        claims: &AccessTokenClaims,
        (grant, client): (&Grant, &Client),
        SignedIn { session, user }: &SignedIn,
        now: UnixTime,
    ) -> Option<Uncounted> {
        let inactive = match user.status {
            UserStatus::Active => None,
            status => Some(Uncounted::Person(status.as_str())),
        };
        let ended = || session.end(now, self.policies.session, user.not_before).map(Uncounted::Session);
        let unless = |is_well: bool, refusal| (!is_well).then_some(refusal);
        inactive
            .or_else(ended)
            .or_else(|| grant.ended.map(Uncounted::Grant))
            .or_else(|| unless(now < grant.expires_at, Uncounted::GrantExpired))
            .or_else(|| unless(client.honours(grant.created_at, now), Uncounted::ClientVoided))
            .or_else(|| unless(grant.epoch == claims.jti.epoch(), Uncounted::EarlierEpoch))
            .or_else(|| unless(user.honours(claims.iat, now), Uncounted::PersonVoided))
            .or_else(|| unless(now < claims.exp.plus(CLOCK_LEEWAY), Uncounted::Expired))
    }

    async fn is_given_back(&self, jti: &TokenId) -> Result<bool, DbError> {
        let jti = jti.to_string();
        self.read(move |connection| denied_tokens::is_denied(connection, &jti)).await
    }
}

/// Whether the client got the token in its own name, and still could.
fn is_of_client(claims: &AccessTokenClaims, client: &Client) -> bool {
    let scope = Scope::try_from(claims.scope.clone());
    claims.person.is_none()
        && claims.aud.contains(&client.metadata.audience)
        && scope.is_ok_and(|scope| client_credentials::may_have(client, &scope))
}
