//! Authorization codes: issuing one, and redeeming it for a grant exactly once.

use crate::db::audit_events::{self, About, Event};
use crate::db::{Connection, Db, DbError, authorization_codes, consents, grants, sessions as session_rows};
use crate::fault;
use crate::hot::Hot;
use crate::hot::redis::{Consumed, Family, RedisHome};
use crate::store::ending;
use crate::store::sessions::{self, SignedIn};
use idp_core::client::{Client, GrantType};
use idp_core::grant::authorization_code::{AuthorizationCode, CodeRefusal, CodeRequest};
use idp_core::grant::refresh_token::RefreshPolicy;
use idp_core::grant::{Grant, RefreshState};
use idp_core::scope::Scope;
use idp_core::secret::{RefreshToken, Secret, SecretHash};
use idp_core::session::{EndCause, Session, SessionPolicy};
use idp_core::time::UnixTime;

/// Stores a new code, and notes that its session is in use. When the person was asked, what they
/// allowed is stored with it.
///
/// # Errors
/// [`DbError`].
pub async fn issue(
    db: &Db,
    hot: &Hot,
    hash: SecretHash,
    code: AuthorizationCode,
    session: Session,
    consented: Option<Scope>,
    now: UnixTime,
) -> Result<(), DbError> {
    let in_redis = hot.redis().map(|home| (home, code.clone()));
    let in_sql = in_redis.is_none();
    db.write(move |connection| {
        if let Some(scope) = consented {
            consents::add(connection, code.user, &code.client_id, &scope, now)?;
            let about = About {
                user: Some(code.user),
                client: Some(code.client_id.to_string()),
                sid: Some(code.sid),
                ..About::default()
            };
            audit_events::record(connection, Event::ConsentGiven, about, now)?;
        }
        if in_sql {
            authorization_codes::insert(connection, &hash, &code)?;
        }
        sessions::note_use(connection, &session, now)
    })
    .await?;
    match in_redis {
        Some((home, code)) => Ok(home.issue_code(&hash, &code, now).await?),
        None => Ok(()),
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
    pub client: Client,
    /// `redirect_uri`.
    pub redirect_uri: Option<String>,
    /// `code_verifier`.
    pub code_verifier: Option<String>,
    /// Seconds a code lives.
    pub code_lifetime: i64,
    /// How long sessions last.
    pub sessions: SessionPolicy,
    /// How long refresh tokens last.
    pub refresh: RefreshPolicy,
    /// Makes the first refresh token of a family.
    pub new_refresh_token: Box<dyn FnOnce(&AuthorizationCode) -> RefreshToken + Send>,
}

impl Redemption {
    fn request(&self) -> CodeRequest<'_> {
        CodeRequest {
            client: &self.client,
            redirect_uri: self.redirect_uri.as_deref(),
            code_verifier: self.code_verifier.as_deref(),
            lifetime: self.code_lifetime,
        }
    }
}

/// Redeems a code. The refusal is a value, since a second use must be stored: it ends the grant that the
/// first one opened (RFC 6749 4.1.2).
///
/// # Errors
/// [`DbError`].
pub async fn redeem(
    db: &Db,
    hot: &Hot,
    redemption: Redemption,
    now: UnixTime,
) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
    match hot {
        Hot::Sql => redeem_in_sql(db, redemption, now).await,
        Hot::Redis(home) => redeem_in_redis(db, home, redemption, now).await,
    }
}

async fn redeem_in_sql(
    db: &Db,
    redemption: Redemption,
    now: UnixTime,
) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
    db.write(move |connection| {
        let hash = redemption.code.hash();
        let Some(code) = authorization_codes::by_hash(connection, &hash)? else {
            return Ok(Err(CodeRefusal::Unknown));
        };
        match code.redeem(&redemption.request(), now) {
            Err(CodeRefusal::Reused { grant }) => {
                end_reused(connection, &code, now)?;
                Ok(Err(CodeRefusal::Reused { grant }))
            }
            Err(refusal) => Ok(Err(refusal)),
            // Consumes first, creates second: a crash in between costs a sign-in and grants nothing twice.
            Ok(()) if authorization_codes::redeem(connection, &hash, now)? => {
                open(connection, code, redemption, true, now)
            }
            Ok(()) => Ok(Err(CodeRefusal::Reused { grant: code.grant })),
        }
    })
    .await
}

/// The same order over two stores: the code is consumed in Redis, then the grant is opened in SQL, whose primary key was
/// fixed when the code was issued; so a code that a rewound Redis brings back opens no second grant.
async fn redeem_in_redis(
    db: &Db,
    home: &RedisHome,
    redemption: Redemption,
    now: UnixTime,
) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
    let hash = redemption.code.hash();
    let Some(code) = home.code(&hash).await? else {
        return Ok(Err(CodeRefusal::Unknown));
    };
    let is_spent = match code.redeem(&redemption.request(), now) {
        Ok(()) => false,
        Err(CodeRefusal::Reused { .. }) => true,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // Also when it is known to be spent: whoever was first may not have opened the grant yet, and looks for this.
    let consumed = home.redeem_code(&hash, now).await?;
    fault::point("code.consumed");
    if is_spent || consumed != Consumed::First {
        return end_everywhere(db, home, code, now).await.map(Err);
    }
    let known = code.clone();
    let opened = db.write(move |connection| open_once(connection, code, redemption, now)).await?;
    let Some(opened) = opened else {
        return end_everywhere(db, home, known, now).await.map(Err);
    };
    if let Ok(Redeemed { grant, .. }) = &opened
        && let Some(state) = &grant.refresh
    {
        home.begin_family(&Family::of(grant), &state.current, now).await?;
        fault::point("family.begun");
    }
    // Somebody who came second found no grant to end if it was not open yet.
    if home.came_again(&hash).await? {
        end_everywhere(db, home, known, now).await?;
    }
    Ok(opened)
}

/// The refresh family's living end is Redis's; the row says who and which. `None` when the code opened it before.
fn open_once(
    connection: &mut Connection,
    code: AuthorizationCode,
    redemption: Redemption,
    now: UnixTime,
) -> Result<Option<Result<Redeemed, CodeRefusal>>, DbError> {
    match grants::by_id(connection, code.grant)? {
        Some(_) => Ok(None),
        None => open(connection, code, redemption, false, now).map(Some),
    }
}

async fn end_everywhere(
    db: &Db,
    home: &RedisHome,
    code: AuthorizationCode,
    now: UnixTime,
) -> Result<CodeRefusal, DbError> {
    let grant = code.grant;
    db.write(move |connection| end_reused(connection, &code, now)).await?;
    home.publish(db, now).await?;
    Ok(CodeRefusal::Reused { grant })
}

fn end_reused(connection: &mut Connection, code: &AuthorizationCode, now: UnixTime) -> Result<(), DbError> {
    if !ending::grant(connection, code.grant, EndCause::CodeReuse, now)? {
        return Ok(());
    }
    let about = About {
        user: Some(code.user),
        client: Some(code.client_id.to_string()),
        sid: Some(code.sid),
        ..About::default()
    };
    audit_events::record(connection, Event::CodeReused, about, now)
}

fn open(
    connection: &mut Connection,
    code: AuthorizationCode,
    redemption: Redemption,
    family_in_sql: bool,
    now: UnixTime,
) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
    let session = session_rows::by_sid(connection, code.sid)?;
    let alive = match session {
        Some(session) => sessions::alive(connection, session, redemption.sessions, now)?,
        None => None,
    };
    // Signed out between the redirect and this request.
    let Some(signed_in) = alive else {
        return Ok(Err(CodeRefusal::Expired));
    };
    let with_refresh = redemption.client.may_use(GrantType::RefreshToken);
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
        expires_at: now.plus(redemption.refresh.absolute),
        refresh: refresh_token.as_ref().map(|token| RefreshState::first(token.hash(), now)),
        ended: None,
    };
    match family_in_sql {
        true => grants::insert(connection, &grant)?,
        false => grants::insert(connection, &Grant { refresh: None, ..grant.clone() })?,
    }
    // To the second: the refresh token idles from here, and must not find its session idle first.
    session_rows::touch(connection, grant.sid, now)?;
    Ok(Ok(Redeemed { grant, signed_in, nonce: code.nonce, refresh_token }))
}
