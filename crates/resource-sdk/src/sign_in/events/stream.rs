//! One open event stream: what is sent next, and when the stream ends. It waits for end causes that this
//! process records and for changes of the revocation feed.

use std::{convert::Infallible, sync::Arc, time::Duration};

use actix_web::web::Bytes;
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{Instant, Interval, interval, sleep_until},
};

use crate::{
    revocation::RevocationFeed,
    sign_in::{
        grant::stored_grant::StoredGrant,
        memory::{end_causes::EndCause, stream_limits::StreamPermit},
        site::Site,
    },
};

/// Proxies close connections that say nothing, often after a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Then the browser connects again, with the cookie that it has by then.
const MAX_AGE: Duration = Duration::from_secs(600);

pub(super) struct EventStream {
    site: Arc<Site>,
    grant: StoredGrant,
    causes_changed: watch::Receiver<()>,
    feed_changed: Option<watch::Receiver<()>>,
    keep_alive: Interval,
    until: Instant,
    last_event: LastEvent,
    _permit: StreamPermit,
}

/// What the browser was sent last.
#[derive(PartialEq)]
enum LastEvent {
    None,
    Listening,
    SignedOut,
}

impl EventStream {
    pub(super) fn new(site: &Arc<Site>, grant: StoredGrant, permit: StreamPermit) -> Self {
        Self {
            causes_changed: site.end_causes.subscribe(),
            feed_changed: site.verifier.feed().map(RevocationFeed::subscribe),
            site: Arc::clone(site),
            grant,
            keep_alive: interval(KEEP_ALIVE),
            until: Instant::now() + MAX_AGE,
            last_event: LastEvent::None,
            _permit: permit,
        }
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, async |mut events| {
            let event = events.next().await?;
            Some((Ok(event.into()), events))
        })
    }

    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<String> {
        loop {
            if self.last_event == LastEvent::SignedOut {
                return None;
            }
            if let Some(cause) = self.end_cause() {
                if self.is_replaced(cause) {
                    return None;
                }
                self.last_event = LastEvent::SignedOut;
                return Some(self.event("signed-out", Some(cause)));
            }
            if self.last_event == LastEvent::None {
                self.last_event = LastEvent::Listening;
                self.keep_alive.reset();
                return Some(self.event("listening", None));
            }
            tokio::select! {
                // The sender is dropped with the site.
                changed = self.causes_changed.changed() => changed.ok()?,
                changed = changed(&mut self.feed_changed) => changed.ok()?,
                () = sleep_until(self.until) => return None,
                _ = self.keep_alive.tick() => return self.keep_alive_comment(),
            }
        }
    }

    /// Whether another sign-in of this browser took the place of this one, so that the browser is to come again with
    /// the cookie that it has by now. Another process of the site knows only that the grant was given back, and a
    /// browser that comes again with it all the same is told.
    fn is_replaced(&self, cause: EndCause) -> bool {
        self.site.spent_sessions.is_superseded(&self.grant.id)
            || (cause == EndCause::GIVEN_BACK && self.last_event == LastEvent::Listening)
    }

    fn keep_alive_comment(&self) -> Option<String> {
        (!self.grant.is_over(&self.site)).then(|| ": still there\n\n".to_owned())
    }

    fn end_cause(&self) -> Option<EndCause> {
        let (site, grant) = (&self.site, &self.grant);
        let recorded = site.end_causes.cause(&grant.id, grant.session_id.as_deref());
        let by_feed = || site.verifier.feed()?.end_cause(&grant.names(site));
        if site.spent_sessions.is_superseded(&grant.id) {
            return Some(EndCause::GIVEN_BACK);
        }
        match (recorded, by_feed()) {
            // The user signed out here. Of any other end the provider knows the cause better.
            (Some(EndCause::LOGGED_OUT), _) => Some(EndCause::LOGGED_OUT),
            (_, Some(word)) => Some(word.map_or(EndCause::ENDED, |word| EndCause::of_word(&word))),
            (recorded, None) => {
                recorded.or_else(|| grant.is_logged_out_by_provider(site).then_some(EndCause::ENDED))
            }
        }
    }

    fn event(&self, name: &str, cause: Option<EndCause>) -> String {
        let data = json!({ "session": self.grant.session_tag(), "cause": cause.map(EndCause::as_str) });
        format!("event: {name}\ndata: {data}\n\n")
    }
}

/// Waits for the next change of the feed; for ever where there is no feed.
async fn changed(feed: &mut Option<watch::Receiver<()>>) -> Result<(), watch::error::RecvError> {
    match feed {
        Some(feed) => feed.changed().await,
        None => std::future::pending().await,
    }
}
