//! Who is here: the session cookie of a request, its access token verified offline, refreshed shortly
//! before it ends. A provider that is away takes nobody's session, and a refresh that is refused ends
//! it. The answer for one request is found once, however many extractors ask.

use std::sync::Arc;

use actix_web::{HttpRequest, cookie::Cookie};

use super::{
    endings::Cause,
    refresh,
    renewal::{Hold, Renewal, Renewed},
    session::Session,
    signed_in::SignedIn,
    site::{Site, is_unjudged},
};
use crate::{claims::AccessToken, error::VerifyError, time::UnixTime};

/// Seconds before `exp` from which on a token is refreshed, unless it lives very shortly.
const REFRESH_AHEAD: i64 = 30;

/// Who a request comes from.
#[derive(Clone)]
pub(crate) enum Visit {
    /// Nobody we know.
    SignedOut,
    /// A person whose access token was verified for this request.
    SignedIn(SignedIn),
    /// Somebody whose session cannot be judged now; it must survive.
    Unavailable,
}

/// The answer, and what the browser must be told to keep or forget.
pub(crate) struct Resolved {
    pub(crate) visit: Visit,
    pub(crate) cookie: Option<Cookie<'static>>,
    /// To be kept until that has left.
    pub(crate) hold: Option<Hold>,
    /// The session that the cookie is about.
    pub(crate) session_id: Option<String>,
}

/// What a session's access token allows.
enum Judgement {
    /// It is good, and for a while.
    Current(AccessToken),
    /// It is about to end, or over; what is still good of it.
    Ending(Option<AccessToken>),
    /// The provider's keys are missing; nothing can be said.
    Unclear,
}

/// Finds out who a request comes from.
pub(crate) async fn resolve(site: &Arc<Site>, request: &HttpRequest) -> Resolved {
    let Some(session) = Session::of_request(site, request) else {
        return Resolved { visit: Visit::SignedOut, cookie: None, hold: None, session_id: None };
    };
    let session_id = Some(session.grant.id.clone());
    if session.grant.was_announced_over(site) {
        return Resolved { session_id, ..ended(site) };
    }
    let resolved = match judge(site.verify(&session.access_token), site.now()) {
        Judgement::Current(token) => signed_in(site, session, token, None),
        Judgement::Unclear => {
            Resolved { visit: Visit::Unavailable, cookie: None, hold: None, session_id: None }
        }
        Judgement::Ending(rest) => renew(site, session, rest).await,
    };
    Resolved { session_id, ..resolved }
}

fn judge(verdict: Result<AccessToken, VerifyError>, now: UnixTime) -> Judgement {
    match verdict {
        Ok(token) if is_about_to_end(&token, now) => Judgement::Ending(Some(token)),
        Ok(token) => Judgement::Current(token),
        Err(error) if error.is_unavailable() => Judgement::Unclear,
        Err(_) => Judgement::Ending(None),
    }
}

pub(crate) fn is_about_to_end(token: &AccessToken, now: UnixTime) -> bool {
    let lifetime = token.expires_at().secs_since(token.issued_at());
    token.expires_at().secs_since(now) <= REFRESH_AHEAD.min(lifetime / 10)
}

async fn renew(site: &Arc<Site>, session: Session, rest: Option<AccessToken>) -> Resolved {
    let (renewal, hold) = refresh::renew(site, &session.grant).await;
    Resolved { hold, ..renewed_or_not(site, session, rest, renewal) }
}

fn renewed_or_not(
    site: &Arc<Site>,
    session: Session,
    rest: Option<AccessToken>,
    renewal: Renewal,
) -> Resolved {
    match renewal {
        Renewal::Renewed(renewed) => renewed_session(site, session, &renewed),
        Renewal::Ended if session.grant.refresh_token.is_none() => match rest {
            Some(token) => signed_in(site, session, token, None),
            None => ended(site),
        },
        Renewal::Ended => {
            site.endings.tell_here(&session.grant.id, Cause::ENDED);
            ended(site)
        }
        Renewal::Unavailable => match rest {
            Some(token) => signed_in(site, session, token, None),
            None => Resolved { visit: Visit::Unavailable, cookie: None, hold: None, session_id: None },
        },
    }
}

/// The old refresh token is spent: whatever else happens, the browser must get the new one.
fn renewed_session(site: &Arc<Site>, session: Session, renewed: &Renewed) -> Resolved {
    // Judged anew: since the refresh that this request shares, it may have been taken back.
    let verdict = site.verify(&renewed.access_token);
    let session = Session {
        access_token: renewed.access_token.clone(),
        grant: session.grant.succeeded_by(renewed, verdict.as_ref().ok()),
        ..session
    };
    let cookie = match session.cookie(site) {
        Ok(cookie) => Some(cookie),
        Err(error) => {
            tracing::error!(%error, "a refreshed session cannot be kept");
            return ended(site);
        }
    };
    match verdict {
        Ok(token) => signed_in(site, session, token, cookie),
        Err(error) if is_unjudged(error) => {
            Resolved { visit: Visit::Unavailable, cookie, hold: None, session_id: None }
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
) -> Resolved {
    if site.ended.was_announced(token.session_id(), token.subject(), token.issued_at()) {
        return ended(site);
    }
    if !session.grant.owns(site, &token) {
        tracing::error!("a session's access token speaks for somebody else");
        return ended(site);
    }
    Resolved {
        visit: Visit::SignedIn(SignedIn::new(site, session, token)),
        cookie,
        hold: None,
        session_id: None,
    }
}

fn ended(site: &Site) -> Resolved {
    Resolved { visit: Visit::SignedOut, cookie: Some(Session::removal(site)), hold: None, session_id: None }
}
