//! Authorization codes: issuing one, and redeeming it for a grant exactly once.

use super::ephemeral::Ephemeral;
use super::ephemeral::redis::{Consumed, Family as FamilyKey, RedisBackend};
use super::revoke::{Revoking, end};
use super::sessions::{NotedUse, SignedIn};
use super::{Policies, Store};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{
    Connection, DbError, Locks, authorization_codes, consents, grants, sessions as session_rows,
};
use crate::fault;
use idp_core::client::{Client, GrantType};
use idp_core::grant::authorization_code::{AuthorizationCode, CodeRefusal, CodeRequest};
use idp_core::grant::{Grant, RefreshState};
use idp_core::scope::Scope;
use idp_core::secret::{RefreshToken, Secret, SecretHash};
use idp_core::session::{EndCause, Session};
use idp_core::time::UnixTime;
use std::sync::Arc;

impl Store {
    /// Stores a new code and notes that its session is in use. When the person was asked for consent, what they
    /// allowed is stored with it.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn issue_code(
        &self,
        hash: SecretHash,
        code: AuthorizationCode,
        session: &Session,
        address: String,
        consented: Option<Scope>,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let in_redis = self.ephemeral.redis().map(|redis| (redis, code.clone()));
        let in_sql = in_redis.is_none();
        let noted = NotedUse::of(session, address, now);
        if in_sql || consented.is_some() || noted.is_some() {
            self.write(Locks::person(code.user), move |connection| {
                if let Some(scope) = consented {
                    note_consent(connection, &code, &scope, now)?;
                }
                if in_sql {
                    authorization_codes::insert(connection, &hash, &code)?;
                }
                noted.map_or(Ok(()), |noted| noted.write(connection))
            })
            .await?;
        }
        match in_redis {
            Some((redis, code)) => Ok(redis.issue_code(&hash, &code, now).await?),
            None => Ok(()),
        }
    }

    /// Redeems a code. A refusal is a value, since a second use must be stored: it ends the grant that the first one
    /// opened (RFC 6749 4.1.2).
    ///
    /// # Errors
    /// When the outcome is not stored; the code may be spent then.
    pub async fn redeem_code(
        &self,
        redemption: Redemption,
        now: UnixTime,
    ) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
        let (policies, client) = (*self.policies(), redemption.client.id.to_string());
        let (address, source) = (redemption.address.clone(), redemption.source.clone());
        let outcome = match &self.ephemeral {
            Ephemeral::Sql => self.redeem_in_sql(redemption, policies, now).await?,
            Ephemeral::Redis(redis) => self.redeem_in_redis(redis, redemption, policies, now).await?,
        };
        if let Err(CodeRefusal::Replayed { user, sid }) = outcome {
            let (user, sid, client) = (Some(user), Some(sid), Some(client));
            let about = AuditContext { user, client, sid, address: Some(address), detail: None };
            self.record_rate_limited(&source, AuditEvent::CodeReplayed, about, now).await?;
        }
        Ok(outcome)
    }

    async fn redeem_in_sql(
        &self,
        redemption: Redemption,
        policies: Policies,
        now: UnixTime,
    ) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
        let hash = redemption.code.hash();
        self.write_revoking(Locks::owner_of_code(hash), now, move |tx| {
            let Some(code) = authorization_codes::by_hash(tx, &hash)? else {
                return Ok(Err(CodeRefusal::Unknown));
            };
            match code.redeem(&redemption.request(policies), now) {
                Err(CodeRefusal::Reused { grant }) => {
                    end_reused(tx, &code, now)?;
                    Ok(Err(CodeRefusal::Reused { grant }))
                }
                Err(refusal) => Ok(Err(refusal)),
                // Consumes first, creates second: a crash in between costs a sign-in and grants nothing twice.
                Ok(()) if authorization_codes::redeem(tx, &hash, now)? => {
                    open(tx, code, redemption, Family::InSql, policies, now)
                }
                Ok(()) => Ok(Err(CodeRefusal::Reused { grant: code.grant })),
            }
        })
        .await
    }

    /// The same order over two stores: the code is consumed in Redis, then the grant is opened in SQL, whose primary
    /// key was fixed when the code was issued; so a code that a rewound Redis brings back opens no second grant.
    async fn redeem_in_redis(
        &self,
        redis: &RedisBackend,
        redemption: Redemption,
        policies: Policies,
        now: UnixTime,
    ) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
        let hash = redemption.code.hash();
        let Some(code) = redis.code(&hash).await? else {
            return Ok(Err(CodeRefusal::Unknown));
        };
        let is_spent = match code.redeem(&redemption.request(policies), now) {
            Ok(()) => false,
            Err(CodeRefusal::Reused { .. }) => true,
            Err(refusal) => return Ok(Err(refusal)),
        };
        // Also when it is known to be spent: the first redemption may not have opened the grant yet, and looks for this.
        let consumed = redis.redeem_code(&hash, now).await?;
        fault::point("code.consumed");
        if is_spent || consumed != Consumed::First {
            return self.end_reused_code(code, now).await.map(Err);
        }
        let known = code.clone();
        let opened = self
            .write(Locks::person(code.user), move |connection| {
                open_once(connection, code, redemption, policies, now)
            })
            .await?;
        let Some(opened) = opened else {
            return self.end_reused_code(known, now).await.map(Err);
        };
        if let Ok(Redeemed { grant, .. }) = &opened
            && let Some(state) = &grant.refresh
        {
            redis.begin_family(&FamilyKey::of(grant), &state.current, now).await?;
            fault::point("family.begun");
        }
        // A second redemption found no grant to end if it was not open yet.
        if redis.came_again(&hash).await? {
            self.end_reused_code(known, now).await?;
        }
        Ok(opened)
    }

    async fn end_reused_code(&self, code: AuthorizationCode, now: UnixTime) -> Result<CodeRefusal, DbError> {
        let grant = code.grant;
        self.write_revoking(Locks::person(code.user), now, move |tx| end_reused(tx, &code, now)).await?;
        Ok(CodeRefusal::Reused { grant })
    }
}

fn note_consent(
    connection: &mut Connection,
    code: &AuthorizationCode,
    scope: &Scope,
    now: UnixTime,
) -> Result<(), DbError> {
    consents::add(connection, code.user, &code.client_id, scope, now)?;
    audit_events::record(connection, AuditEvent::ConsentGiven, about(code), now)
}

fn about(code: &AuthorizationCode) -> AuditContext {
    AuditContext {
        user: Some(code.user),
        client: Some(code.client_id.to_string()),
        sid: Some(code.sid),
        ..AuditContext::default()
    }
}

/// What a redeemed code opened.
pub struct Redeemed {
    /// The new grant.
    pub grant: Grant,
    /// Its session and user.
    pub signed_in: SignedIn,
    /// For the ID token.
    pub nonce: Option<String>,
    /// The first refresh token of the family, when the client has refresh tokens.
    pub refresh_token: Option<RefreshToken>,
}

/// What redeeming needs.
pub struct Redemption {
    /// The code.
    pub code: Secret,
    /// Already authenticated.
    pub client: Arc<Client>,
    /// `redirect_uri`.
    pub redirect_uri: Option<String>,
    /// `code_verifier`.
    pub code_verifier: Option<String>,
    /// The address that the request came from.
    pub address: String,
    /// The network that it counts in, where audit events are rate-limited.
    pub source: String,
    /// Makes the first refresh token of a family.
    pub new_refresh_token: Box<dyn FnOnce(&AuthorizationCode) -> RefreshToken + Send>,
}

impl Redemption {
    fn request(&self, policies: Policies) -> CodeRequest<'_> {
        CodeRequest {
            client: &self.client,
            redirect_uri: self.redirect_uri.as_deref(),
            code_verifier: self.code_verifier.as_deref(),
            lifetime: policies.code_lifetime,
        }
    }
}

/// The refresh family's living end is Redis's; the row says who and which. `None` when the code opened it before.
fn open_once(
    connection: &mut Connection,
    code: AuthorizationCode,
    redemption: Redemption,
    policies: Policies,
    now: UnixTime,
) -> Result<Option<Result<Redeemed, CodeRefusal>>, DbError> {
    match grants::by_id(connection, code.grant)? {
        Some(_) => Ok(None),
        None => open(connection, code, redemption, Family::InRedis, policies, now).map(Some),
    }
}

fn end_reused(tx: &mut Revoking<'_>, code: &AuthorizationCode, now: UnixTime) -> Result<(), DbError> {
    if !end::grant(tx, code.grant, EndCause::CodeReuse, now)? {
        return Ok(());
    }
    audit_events::record(tx, AuditEvent::CodeReused, about(code), now)
}

/// Where the rotating end of a new refresh family lives.
#[derive(Copy, Clone, Eq, PartialEq)]
enum Family {
    InSql,
    InRedis,
}

fn open(
    connection: &mut Connection,
    code: AuthorizationCode,
    redemption: Redemption,
    family: Family,
    policies: Policies,
    now: UnixTime,
) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
    // Signed out between the redirect and this request.
    let found = session_rows::with_user_and_client(connection, code.sid, &code.client_id)?;
    let Some((session, user, client)) = found else {
        return Ok(Err(CodeRefusal::Expired));
    };
    let signed_in = SignedIn { session, user };
    if !signed_in.is_alive(policies.session, now) {
        return Ok(Err(CodeRefusal::Expired));
    }
    // The registration as it is in this very transaction: a change of it ends the grants that it finds, and this one it does
    // not find yet.
    let Some(client) = client.filter(|client| code.is_within_registration(client)) else {
        return Ok(Err(CodeRefusal::Withdrawn));
    };
    let with_refresh = client.may_use(GrantType::RefreshToken);
    let refresh_token = with_refresh.then(|| (redemption.new_refresh_token)(&code));
    let grant = Grant {
        id: code.grant,
        user: code.user,
        sid: code.sid,
        client_id: code.client_id,
        scope: code.scope,
        claims: code.claims,
        auth_time: code.auth_time,
        created_at: now,
        expires_at: now.plus(policies.refresh.absolute),
        refresh: refresh_token.as_ref().map(|token| RefreshState::first(token.hash(), now)),
        ended: None,
    };
    match family {
        Family::InSql => grants::insert(connection, &grant)?,
        Family::InRedis => grants::insert(connection, &Grant { refresh: None, ..grant.clone() })?,
    }
    Ok(Ok(Redeemed { grant, signed_in, nonce: code.nonce, refresh_token }))
}
