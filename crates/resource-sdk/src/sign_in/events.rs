//! `GET <mount>/events`: tells the open pages of one browser, as server-sent events, that their sign-in
//! ended, and why. The browser's own cookie says whose stream it is; no token is in the address or in
//! the stream, and none is refreshed for it, so that a page nobody uses keeps no session alive. How
//! pages listen is written down in `js/watch.js`. HTML Living Standard section 9.2.

use std::{convert::Infallible, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER},
    web::{Bytes, Data},
};
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{Instant, Interval, interval, sleep_until},
};

use super::{
    SignIn,
    endings::Cause,
    grant::Grant,
    keeper,
    origin::{self, Sender},
    session::Session,
    site::{Mode, Site},
    streams::Seat,
    token::SCRIPT_HEADER,
    visit::Visit,
};
use crate::revocation::RevocationFeed;

/// Proxies close connections that say nothing, often after a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Then the browser asks again, with the cookie that it has by then.
const MAX_AGE: Duration = Duration::from_secs(600);
/// What a page's script says when its person came back to it after a while.
const CAME_BACK: &str = "came-back";

/// Answers the stream of the sign-in that the browser's cookie names; 204 when nobody is signed in,
/// which tells a browser's `EventSource` to stop.
pub(super) async fn events(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let site = &sign_in.0;
    if origin::sender(&request, &site.origin()) == Sender::Other {
        return uncached(HttpResponse::Forbidden()).finish();
    }
    let grant = match who(site, &request).await {
        Visitor::Grant(grant) => grant,
        Visitor::Nobody => return uncached(HttpResponse::NoContent()).finish(),
        Visitor::Unclear => return busy(),
    };
    match site.streams.seat(&grant.id, &grant.subject) {
        Some(seat) => event_stream(Listening::begin(site, grant, seat)),
        None => busy(),
    }
}

enum Visitor {
    Grant(Grant),
    Nobody,
    Unclear,
}

/// Whose cookie this is. Only when a person came back to a page is the sign-in judged, and refreshed,
/// as for any page: the time away may have been longer than endings are remembered.
async fn who(site: &Site, request: &HttpRequest) -> Visitor {
    let grant = match site.mode {
        Mode::Scripted => Grant::of_request(site, request),
        Mode::ServerRendered if came_back(request) => return judged(request).await,
        Mode::ServerRendered => Session::of_request(site, request).map(|session| session.grant),
    };
    grant.filter(|grant| !is_over(site, grant)).map_or(Visitor::Nobody, Visitor::Grant)
}

fn came_back(request: &HttpRequest) -> bool {
    request.headers().get(SCRIPT_HEADER).is_some_and(|value| value == CAME_BACK)
}

async fn judged(request: &HttpRequest) -> Visitor {
    match keeper::visit(request).await {
        Ok((_, Visit::SignedIn(person))) => Visitor::Grant(person.grant().clone()),
        Ok((_, Visit::SignedOut)) => Visitor::Nobody,
        Ok((_, Visit::Unavailable)) | Err(_) => Visitor::Unclear,
    }
}

/// Whether the last token is void and there is no other to be had.
fn is_over(site: &Site, grant: &Grant) -> bool {
    let expires_at = grant.last_token.expires_at();
    grant.refresh_token.is_none() && site.now() >= site.verifier.void_from(expires_at)
}

fn event_stream(listening: Listening) -> HttpResponse {
    uncached(HttpResponse::Ok())
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        // Neither a proxy nor a compressing middleware may hold an event back until there are more.
        .insert_header(("x-accel-buffering", "no"))
        .insert_header((CONTENT_ENCODING, "identity"))
        .streaming(listening.into_stream())
}

fn busy() -> HttpResponse {
    uncached(HttpResponse::ServiceUnavailable()).insert_header((RETRY_AFTER, "30")).finish()
}

fn uncached(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header(("x-content-type-options", "nosniff"));
    response
}

/// One open stream.
struct Listening {
    site: Arc<Site>,
    grant: Grant,
    bell: watch::Receiver<()>,
    feed: Option<watch::Receiver<()>>,
    keep_alive: Interval,
    until: Instant,
    said: Said,
    _seat: Seat,
}

/// What the browser was told last.
#[derive(PartialEq)]
enum Said {
    Nothing,
    Listening,
    SignedOut,
}

impl Listening {
    fn begin(site: &Arc<Site>, grant: Grant, seat: Seat) -> Self {
        Self {
            bell: site.endings.bell(),
            feed: site.verifier.feed().map(RevocationFeed::bell),
            site: Arc::clone(site),
            grant,
            keep_alive: interval(KEEP_ALIVE),
            until: Instant::now() + MAX_AGE,
            said: Said::Nothing,
            _seat: seat,
        }
    }

    fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, async |mut listening| {
            let said = listening.next().await?;
            Some((Ok(said.into()), listening))
        })
    }

    /// What to say next; `None` at the end of the stream.
    async fn next(&mut self) -> Option<String> {
        loop {
            if self.said == Said::SignedOut {
                return None;
            }
            if let Some(cause) = self.cause() {
                self.said = Said::SignedOut;
                return Some(self.event("signed-out", Some(cause)));
            }
            if self.said == Said::Nothing {
                self.said = Said::Listening;
                self.keep_alive.reset();
                return Some(self.event("listening", None));
            }
            tokio::select! {
                // The bell ends with the site.
                rung = self.bell.changed() => rung.ok()?,
                rung = rung(&mut self.feed) => rung.ok()?,
                () = sleep_until(self.until) => return None,
                _ = self.keep_alive.tick() => return self.still_there(),
            }
        }
    }

    fn still_there(&self) -> Option<String> {
        (!is_over(&self.site, &self.grant)).then(|| ": still there\n\n".to_owned())
    }

    fn cause(&self) -> Option<Cause> {
        let (site, grant) = (&self.site, &self.grant);
        let seen_here = site.endings.cause(&grant.id, grant.session_id.as_deref());
        let by_feed = || site.verifier.feed()?.ending(&grant.names(site));
        match (seen_here, by_feed()) {
            // A sign-out here is a sign-out; of anything else the provider knows more.
            (Some(Cause::LOGGED_OUT), _) => Some(Cause::LOGGED_OUT),
            (_, Some(word)) => Some(word.map_or(Cause::ENDED, |word| Cause::of_word(&word))),
            (seen_here, None) => seen_here.or_else(|| grant.was_announced_over(site).then_some(Cause::ENDED)),
        }
    }

    fn event(&self, name: &str, cause: Option<Cause>) -> String {
        let data = json!({ "session": self.grant.tag(), "cause": cause.map(Cause::as_str) });
        format!("event: {name}\ndata: {data}\n\n")
    }
}

/// Waits until the feed took more back, for ever where there is none.
async fn rung(feed: &mut Option<watch::Receiver<()>>) -> Result<(), watch::error::RecvError> {
    match feed {
        Some(feed) => feed.changed().await,
        None => std::future::pending().await,
    }
}
