//! The log-out request of a client (OpenID Connect RP-Initiated Logout 1.0): whether to end the session
//! at once or ask first, and where the browser may go afterwards.

use crate::authorize::response::with_query;
use crate::client::{Client, ClientId};
use crate::params::Params;
use crate::session::Session;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A genuine ID token of ours that came as `id_token_hint`; it may have expired (section 2).
#[derive(Clone, Debug)]
pub struct LogoutHint {
    /// The client it was issued to.
    pub client_id: ClientId,
    /// The session it was issued in.
    pub sid: Uuid,
}

/// Where the browser goes after the session ended.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct AfterLogout {
    /// The client that asked, when its hint is genuine.
    pub client_id: Option<ClientId>,
    /// The URL to go to; our own page when `None`.
    pub redirect: Option<String>,
}

/// What to do with a log-out request.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum LogoutDecision {
    /// The hint names the browser's own session: end it and go on.
    EndNow(AfterLogout),
    /// There is a session, but the request may be a forgery: show the confirmation page.
    Confirm(AfterLogout),
    /// The browser has no session: go on.
    AlreadyOut(AfterLogout),
}

/// Decides. `client` is the one the hint names, as it is registered now.
///
/// A redirect needs a genuine hint and a URI registered for that very client, byte for byte;
/// `state` is added to it.
#[must_use]
pub fn decide(
    params: &Params,
    hint: Option<&LogoutHint>,
    client: Option<&Client>,
    session: Option<&Session>,
) -> LogoutDecision {
    let after = hint
        .zip(client)
        .map_or_else(AfterLogout::default, |(hint, client)| after_logout(params, hint, client));
    let Some(session) = session else {
        return LogoutDecision::AlreadyOut(after);
    };
    let contradicted = client_id_contradicts(params, hint);
    match hint {
        Some(hint) if hint.sid == session.sid && !contradicted => LogoutDecision::EndNow(after),
        _ => LogoutDecision::Confirm(after),
    }
}

fn after_logout(params: &Params, hint: &LogoutHint, client: &Client) -> AfterLogout {
    if hint.client_id != client.id || client_id_contradicts(params, Some(hint)) {
        return AfterLogout::default();
    }
    let presented = params.once("post_logout_redirect_uri").ok().flatten();
    let registered = presented
        .filter(|uri| client.metadata.post_logout_redirect_uris.iter().any(|known| known.matches(uri)));
    let state = params.once("state").ok().flatten();
    let redirect = registered.map(|uri| match state {
        Some(state) => with_query(uri, &[("state", state.to_owned())]),
        None => uri.to_owned(),
    });
    AfterLogout { client_id: Some(client.id.clone()), redirect }
}

/// RP-Initiated Logout 2: a `client_id` beside a hint must be the client of that hint.
fn client_id_contradicts(params: &Params, hint: Option<&LogoutHint>) -> bool {
    match (params.once("client_id"), hint) {
        (Ok(None), _) => false,
        (Ok(Some(id)), Some(hint)) => id != hint.client_id.as_str(),
        (Ok(Some(_)), None) => false,
        (Err(_), _) => true,
    }
}
