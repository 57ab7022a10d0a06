//! Authorization codes: what issuing one writes, and redeeming it for a grant exactly once.

use super::ephemeral::Ephemeral;
use super::ephemeral::redis::Family as FamilyKey;
use super::revoke::end;
use super::sessions::{NotedUse, SignedIn};
use super::{Policies, Store};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::sessions::CodeHolders;
use crate::db::{Connection, DbError, Locks, consents, grants, memberships, sessions as session_rows};
use crate::fault;
use idp_core::client::{Client, GrantType};
use idp_core::grant::authorization_code::{AuthorizationCode, CodeRefusal, CodeRequest};
use idp_core::grant::{Grant, RefreshState};
use idp_core::scope::Scope;
use idp_core::secret::RefreshToken;
use idp_core::session::{EndCause, Session};
use idp_core::time::UnixTime;
use std::sync::Arc;

impl Store {
    /// Notes what goes with a code that is about to be issued: that its session is in use, and what the person allowed if
    /// they were asked for consent. Most often that is nothing to write.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn note_authorization(
        &self,
        code: &AuthorizationCode,
        session: &Session,
        address: String,
        consented: Option<Scope>,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let noted = NotedUse::of(session, address, now);
        if consented.is_none() && noted.is_none() {
            return Ok(());
        }
        let code = code.clone();
        self.write(Locks::person(code.user), move |connection| {
            if let Some(scope) = consented {
                note_consent(connection, &code, &scope, now)?;
            }
            noted.map_or(Ok(()), |noted| noted.write(connection))
        })
        .await
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
        let policies = *self.policies();
        let code = redemption.code.clone();
        let (address, source) = (redemption.address.clone(), redemption.source.clone());
        let outcome = match code.redeem(&redemption.request(policies), false, now) {
            Ok(()) => self.open_grant(redemption, policies, now).await?,
            Err(refusal) => {
                let is_redeemed = self.grant_owner(code.grant).await?.is_some();
                let spent = code.redeem(&redemption.request(policies), is_redeemed, now).err();
                Err(spent.unwrap_or(refusal))
            }
        };
        match &outcome {
            Err(CodeRefusal::Reused) => self.end_reused_code(code, now).await?,
            Err(CodeRefusal::Replayed { .. }) => {
                let about = AuditContext { address: Some(address), ..about(&code) };
                self.record_rate_limited(&source, AuditEvent::CodeReplayed, about, now).await?;
            }
            _ => {}
        }
        Ok(outcome)
    }

    /// Opens the grant that the code names, unless that was done before. Its refresh family begins in Redis, where there is
    /// one, once the grant is stored: a crash in between costs a sign-in and grants nothing twice.
    async fn open_grant(
        &self,
        redemption: Redemption,
        policies: Policies,
        now: UnixTime,
    ) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
        let Ephemeral::Redis(redis) = &self.ephemeral else {
            return self
                .write(Locks::person(redemption.code.user), move |connection| {
                    open_once(connection, redemption, Family::InSql, policies, now)
                })
                .await;
        };
        // A Redis that is away must not cost the code.
        redis.check_in_step()?;
        let opened = self
            .write(Locks::person(redemption.code.user), move |connection| {
                open_once(connection, redemption, Family::InRedis, policies, now)
            })
            .await?;
        fault::point("grant.opened");
        if let Ok(Redeemed { grant, .. }) = &opened
            && let Some(state) = &grant.refresh
        {
            redis.begin_family(&FamilyKey::of(grant), &state.current, now).await?;
            fault::point("family.begun");
        }
        Ok(opened)
    }

    async fn end_reused_code(&self, code: AuthorizationCode, now: UnixTime) -> Result<(), DbError> {
        self.write_revoking(Locks::person(code.user), now, move |tx| {
            if !end::grant(tx, code.grant, EndCause::CodeReuse, now)? {
                return Ok(());
            }
            audit_events::record(tx, AuditEvent::CodeReused, about(&code), now)
        })
        .await
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
    pub code: AuthorizationCode,
    /// Who presents it, already authenticated.
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

/// Where the rotating end of a new refresh family lives.
#[derive(Copy, Clone, Eq, PartialEq)]
enum Family {
    InSql,
    InRedis,
}

/// Opens the grant of a code that fits, unless there is one of its name: that is a second use, whatever else is
/// wrong by now.
fn open_once(
    connection: &mut Connection,
    redemption: Redemption,
    family: Family,
    policies: Policies,
    now: UnixTime,
) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
    let grant = redemption.code.grant;
    let opened = open(connection, redemption, family, policies, now)?;
    match &opened {
        Err(_) if grants::by_id(connection, grant)?.is_some() => Ok(Err(CodeRefusal::Reused)),
        _ => Ok(opened),
    }
}

fn open(
    connection: &mut Connection,
    redemption: Redemption,
    family: Family,
    policies: Policies,
    now: UnixTime,
) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
    let code = redemption.code;
    // Signed out between the redirect and this request.
    let found = session_rows::with_user_and_client(connection, code.sid, &code.client_id)?;
    let Some(CodeHolders { session, user, client, withdrawn_at }) = found else {
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
    // Let in when it was issued, and not any more: a change of who they are ends the grants that it finds as well.
    if client.metadata.has_members_only()
        && !client.metadata.admits(&memberships::of_user(connection, code.user)?)
    {
        return Ok(Err(CodeRefusal::Withdrawn));
    }
    // Issued before the person disconnected the site.
    if withdrawn_at.is_some_and(|at| code.expires_at <= at.plus(policies.code_lifetime)) {
        return Ok(Err(CodeRefusal::Withdrawn));
    }
    let with_refresh = client.may_use(GrantType::RefreshToken);
    let refresh_token = with_refresh.then(|| (redemption.new_refresh_token)(&code));
    let grant = Grant {
        id: code.grant,
        user: code.user,
        sid: code.sid,
        client_id: code.client_id,
        scope: code.scope,
        claims: code.claims,
        proofs: code.proofs,
        acr: code.acr,
        created_at: now,
        expires_at: now.plus(policies.refresh.absolute),
        refresh: refresh_token.as_ref().map(|token| RefreshState::first(token.hash(), now)),
        // From 1 on, where tokens may be taken back while the grant goes on: so its own name is revoked with all of it alone.
        epoch: i64::from(!client.metadata.claims_mapping.is_empty()),
        ended: None,
    };
    let is_first = match family {
        Family::InSql => grants::insert(connection, &grant)?,
        Family::InRedis => grants::insert(connection, &Grant { refresh: None, ..grant.clone() })?,
    };
    if !is_first {
        return Ok(Err(CodeRefusal::Reused));
    }
    Ok(Ok(Redeemed { grant, signed_in, nonce: code.nonce, refresh_token }))
}
