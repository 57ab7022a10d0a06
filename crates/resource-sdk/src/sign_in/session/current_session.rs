//! Who is signed in: the session cookie of a request, its access token verified offline, refreshed shortly
//! before it ends. A provider that is away ends no session, and a refresh that is refused ends
//! it. The answer for one request is found once, however many extractors ask.

use std::sync::Arc;

use actix_web::{HttpRequest, cookie::Cookie};

use super::{session_cookie::Session, signed_in::SignedIn};
use crate::{
    claims::AccessToken,
    error::VerifyError,
    sign_in::{
        browser::cookies,
        grant::refresh,
        memory::{
            end_causes::EndCause,
            refresh_outcome::{RefreshOutcome, RefreshedTokens},
        },
        site::{Site, is_unjudged},
    },
    time::UnixTime,
};

/// Seconds before `exp` from which on a token is refreshed, unless it lives very shortly.
const REFRESH_AHEAD: i64 = 30;

/// Who a request comes from.
#[derive(Clone)]
pub(crate) enum CurrentSession {
    /// No session.
    SignedOut,
    /// A person whose access token was verified for this request.
    SignedIn(SignedIn),
    /// There is a session that cannot be verified now; it must survive.
    Unavailable,
}

/// The answer, and what the browser must be told to keep or forget.
pub(crate) struct Resolution {
    pub(crate) current: CurrentSession,
    pub(crate) cookie: Option<Cookie<'static>>,
    /// To be kept until that has left.
    pub(crate) flight: Option<refresh::RefreshGuard>,
    /// The session that the cookie is about.
    pub(crate) session_id: Option<String>,
}

/// What a session's access token allows.
enum TokenVerdict {
    /// It is good, and for a while.
    Current(AccessToken),
    /// It is about to end, or over; what is still good of it.
    Expiring(Option<AccessToken>),
    /// The provider's keys are missing; nothing can be said.
    Unavailable,
}

/// Finds out who a request comes from.
pub(crate) async fn resolve(site: &Arc<Site>, request: &HttpRequest) -> Resolution {
    let Some(session) = Session::of_request(site, request) else {
        return Resolution {
            current: CurrentSession::SignedOut,
            cookie: None,
            flight: None,
            session_id: None,
        };
    };
    let session_id = Some(session.grant.id.clone());
    if session.grant.is_logged_out_by_provider(site) {
        note_kept(site, request);
        return Resolution { session_id, ..ended(site) };
    }
    let resolved = match classify(site.verify(&session.access_token), site.now()) {
        TokenVerdict::Current(token) => signed_in(site, session, token, None),
        TokenVerdict::Unavailable => {
            Resolution { current: CurrentSession::Unavailable, cookie: None, flight: None, session_id: None }
        }
        TokenVerdict::Expiring(rest) => refresh_session(site, session, rest).await,
    };
    if matches!(resolved.current, CurrentSession::SignedOut) {
        note_kept(site, request);
    }
    Resolution { session_id, ..resolved }
}

/// The cookie is about to go, and it was there: so the next sign-in is not that of a browser that keeps none.
fn note_kept(site: &Site, request: &HttpRequest) {
    let browsers = cookies::named(request, &site.cookies.browser_name());
    browsers.into_iter().for_each(|browser| site.spent_sessions.note_kept(browser));
}

fn classify(verdict: Result<AccessToken, VerifyError>, now: UnixTime) -> TokenVerdict {
    match verdict {
        Ok(token) if is_about_to_expire(&token, now) => TokenVerdict::Expiring(Some(token)),
        Ok(token) => TokenVerdict::Current(token),
        Err(error) if error.is_unavailable() => TokenVerdict::Unavailable,
        Err(_) => TokenVerdict::Expiring(None),
    }
}

pub(crate) fn is_about_to_expire(token: &AccessToken, now: UnixTime) -> bool {
    let lifetime = token.expires_at().secs_since(token.issued_at());
    token.expires_at().secs_since(now) <= REFRESH_AHEAD.min(lifetime / 10)
}

async fn refresh_session(site: &Arc<Site>, session: Session, rest: Option<AccessToken>) -> Resolution {
    let (outcome, flight) = refresh::refresh(site, &session.grant).await;
    Resolution { flight, ..apply_outcome(site, session, rest, outcome) }
}

fn apply_outcome(
    site: &Arc<Site>,
    session: Session,
    rest: Option<AccessToken>,
    outcome: RefreshOutcome,
) -> Resolution {
    match outcome {
        RefreshOutcome::Refreshed(renewed) => refreshed_session(site, session, &renewed),
        RefreshOutcome::Rejected if session.grant.refresh_token.is_none() => match rest {
            Some(token) => signed_in(site, session, token, None),
            None => ended(site),
        },
        RefreshOutcome::Rejected => {
            site.end_causes.record_local(&session.grant.id, EndCause::ENDED);
            ended(site)
        }
        RefreshOutcome::Unavailable => match rest {
            Some(token) => signed_in(site, session, token, None),
            None => Resolution {
                current: CurrentSession::Unavailable,
                cookie: None,
                flight: None,
                session_id: None,
            },
        },
    }
}

/// The old refresh token is spent: the browser must get the new one in any case.
fn refreshed_session(site: &Arc<Site>, session: Session, renewed: &RefreshedTokens) -> Resolution {
    // Judged anew: since the refresh that this request shares, it may have been taken back.
    let verdict = site.verify(&renewed.access_token);
    let session = Session {
        access_token: renewed.access_token.clone(),
        grant: session.grant.succeeded_by(renewed, verdict.as_ref().ok()),
        ..session
    };
    let cookie = match session.cookie(site, 0) {
        Ok(cookie) => Some(cookie),
        Err(error) => {
            tracing::error!(%error, "a refreshed session cannot be kept");
            return ended(site);
        }
    };
    match verdict {
        Ok(token) => signed_in(site, session, token, cookie),
        Err(error) if is_unjudged(error) => {
            Resolution { current: CurrentSession::Unavailable, cookie, flight: None, session_id: None }
        }
        Err(VerifyError::Revoked) => ended(site),
        Err(error) => {
            tracing::error!(%error, "the provider refreshes with access tokens that this site refuses");
            ended(site)
        }
    }
}

/// The access token must be the session's own person's, in the same sign-in at the provider.
fn signed_in(
    site: &Arc<Site>,
    session: Session,
    token: AccessToken,
    cookie: Option<Cookie<'static>>,
) -> Resolution {
    if site.spent_sessions.is_logged_out(token.session_id(), token.subject(), token.issued_at()) {
        return ended(site);
    }
    if !session.grant.owns(site, &token) {
        tracing::error!("a session's access token names another user or session than its grant");
        return ended(site);
    }
    Resolution {
        current: CurrentSession::SignedIn(SignedIn::new(site, session, token)),
        cookie,
        flight: None,
        session_id: None,
    }
}

fn ended(site: &Site) -> Resolution {
    Resolution {
        current: CurrentSession::SignedOut,
        cookie: Some(Session::removal(site)),
        flight: None,
        session_id: None,
    }
}
