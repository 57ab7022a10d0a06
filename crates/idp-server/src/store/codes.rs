//! Authorization codes: issuing one, and redeeming it for a grant exactly once.

use crate::db::audit_events::{self, About, Event};
use crate::db::{Connection, Db, DbError, authorization_codes, consents, grants, sessions as session_rows};
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
    hash: SecretHash,
    code: AuthorizationCode,
    session: Session,
    consented: Option<Scope>,
    now: UnixTime,
) -> Result<(), DbError> {
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
        authorization_codes::insert(connection, &hash, &code)?;
        sessions::note_use(connection, &session, now)
    })
    .await
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

/// Redeems a code. The refusal is a value, since a second use must be stored: it ends the grant that the
/// first one opened (RFC 6749 4.1.2).
///
/// # Errors
/// [`DbError`].
pub async fn redeem(
    db: &Db,
    redemption: Redemption,
    now: UnixTime,
) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
    db.write(move |connection| {
        let hash = redemption.code.hash();
        let Some(code) = authorization_codes::by_hash(connection, &hash)? else {
            return Ok(Err(CodeRefusal::Unknown));
        };
        let request = CodeRequest {
            client: &redemption.client,
            redirect_uri: redemption.redirect_uri.as_deref(),
            code_verifier: redemption.code_verifier.as_deref(),
            lifetime: redemption.code_lifetime,
        };
        match code.redeem(&request, now) {
            Err(CodeRefusal::Reused { grant }) => {
                end_reused(connection, &code, now)?;
                Ok(Err(CodeRefusal::Reused { grant }))
            }
            Err(refusal) => Ok(Err(refusal)),
            Ok(()) => open(connection, &hash, code, redemption, now),
        }
    })
    .await
}

fn end_reused(connection: &mut Connection, code: &AuthorizationCode, now: UnixTime) -> Result<(), DbError> {
    if grants::end(connection, &grants::Of::Grant(code.grant), EndCause::CodeReuse, now)? == 0 {
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

/// Consumes first, creates second: a crash in between costs a sign-in and grants nothing twice.
fn open(
    connection: &mut Connection,
    hash: &SecretHash,
    code: AuthorizationCode,
    redemption: Redemption,
    now: UnixTime,
) -> Result<Result<Redeemed, CodeRefusal>, DbError> {
    if !authorization_codes::redeem(connection, hash, now)? {
        return Ok(Err(CodeRefusal::Reused { grant: code.grant }));
    }
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
        refresh: refresh_token.as_ref().map(|token| RefreshState {
            current: token.hash(),
            generation: 0,
            issued_at: now,
            predecessor: None,
        }),
        ended: None,
    };
    grants::insert(connection, &grant)?;
    // To the second: the refresh token idles from here, and must not find its session idle first.
    session_rows::touch(connection, grant.sid, now)?;
    Ok(Ok(Redeemed { grant, signed_in, nonce: code.nonce, refresh_token }))
}
