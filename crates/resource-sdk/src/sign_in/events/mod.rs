//! `GET <mount>/events`: tells the open pages of one browser, as server-sent events, that their sign-in
//! ended and why. The browser's cookie names the sign-in; no token is in the address or in the stream, and
//! listening refreshes none, so that a page left open keeps no session alive. The client side is
//! `js/watch.js`. HTML Living Standard section 9.2.

mod stream;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER},
    web::Data,
};

use self::stream::EventStream;
use crate::sign_in::{
    SignIn,
    browser::request_origin::{self, RequestOrigin, SCRIPT_HEADER},
    grant::stored_grant::StoredGrant,
    session::{current_session::CurrentSession, middleware, session_cookie::Session},
    site::{Mode, Site},
};

/// What a page's script says when its user came back to it after a while.
const CAME_BACK: &str = "came-back";

/// Answers the stream of the sign-in that the browser's cookie names; 204, which tells an `EventSource`
/// to stop, when there is none.
pub(crate) async fn events(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let site = &sign_in.0;
    if request_origin::classify(&request, &site.origin()) == RequestOrigin::Other {
        return uncached(HttpResponse::Forbidden()).finish();
    }
    let grant = match stream_owner(site, &request).await {
        StreamOwner::Grant(grant) => grant,
        StreamOwner::SignedOut => return uncached(HttpResponse::NoContent()).finish(),
        StreamOwner::Unavailable => return try_again_later(),
    };
    match site.stream_limits.acquire(&grant.id, &grant.subject) {
        Some(permit) => event_stream(EventStream::new(site, grant, permit)),
        None => try_again_later(),
    }
}

/// Whose stream is asked for.
enum StreamOwner {
    Grant(StoredGrant),
    SignedOut,
    /// The session cannot be judged now.
    Unavailable,
}

/// Only when the user came back to a page is the session verified and refreshed, as for any page: the time
/// away may have been longer than end causes are kept.
async fn stream_owner(site: &Site, request: &HttpRequest) -> StreamOwner {
    let grant = match site.mode {
        Mode::Scripted => StoredGrant::of_request(site, request),
        Mode::ServerRendered if came_back(request) => return verified_owner(request).await,
        Mode::ServerRendered => Session::of_request(site, request).map(|session| session.grant),
    };
    let is_live = |grant: &StoredGrant| !grant.is_over(site) && !grant.is_refused(site);
    grant.filter(is_live).map_or(StreamOwner::SignedOut, StreamOwner::Grant)
}

fn came_back(request: &HttpRequest) -> bool {
    request.headers().get(SCRIPT_HEADER).is_some_and(|value| value == CAME_BACK)
}

async fn verified_owner(request: &HttpRequest) -> StreamOwner {
    match middleware::current_session(request).await {
        Ok((_, CurrentSession::SignedIn(person))) => StreamOwner::Grant(person.grant().clone()),
        Ok((_, CurrentSession::SignedOut)) => StreamOwner::SignedOut,
        Ok((_, CurrentSession::Unavailable)) | Err(_) => StreamOwner::Unavailable,
    }
}

fn event_stream(events: EventStream) -> HttpResponse {
    uncached(HttpResponse::Ok())
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        // Neither a proxy nor a compressing middleware may hold an event back until there are more.
        .insert_header(("x-accel-buffering", "no"))
        .insert_header((CONTENT_ENCODING, "identity"))
        .streaming(events.into_stream())
}

fn try_again_later() -> HttpResponse {
    uncached(HttpResponse::ServiceUnavailable()).insert_header((RETRY_AFTER, "30")).finish()
}

fn uncached(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header(("x-content-type-options", "nosniff"));
    response
}
