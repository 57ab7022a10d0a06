//! What happened to a sign-in at this site, newest first: signed in, verified offline, renewed. It is kept in memory for each
//! session of the provider, a few at a time. Pages show it as a list; with script the list grows as things happen, by
//! server-sent events. That a sign-in ended elsewhere is heard by the SDK's own stream (`watch`).

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    future::{Ready, ready},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    Error, FromRequest, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER},
    middleware::Next,
    web::{self, Bytes, Data, Json, ServiceConfig},
};
use futures_util::{StreamExt, stream};
use resource_sdk::{AccessToken, ResourceServer, UnixTime, actix::Bearer, sign_in::SignedIn};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::{language::Language, words::Words};

/// Where a page listens.
const PATH: &str = "/happenings";
/// The most sessions, and the most entries of one.
const MOST_SESSIONS: usize = 100;
const MOST_ENTRIES: usize = 12;
/// The most pages that listen at a time.
const MOST_LISTENERS: usize = 100;
/// Proxies close connections that say nothing.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The happenings of all sessions.
pub(crate) struct Happenings {
    journals: Mutex<HashMap<String, Journal>>,
    changes: watch::Sender<()>,
    listeners: Arc<Semaphore>,
}

#[derive(Default)]
struct Journal {
    /// The last access token (`jti`) of each grant: another one is a refresh.
    tokens: HashMap<String, String>,
    newest: u64,
    entries: VecDeque<Happening>,
}

#[derive(Clone, Copy)]
struct Happening {
    number: u64,
    at: UnixTime,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    SignedIn,
    Verified { micros: u64 },
    Refreshed,
}

/// A happening as a page shows it.
#[derive(Clone, Serialize)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    /// Seconds since 1970.
    pub(crate) at: i64,
    pub(crate) words: String,
}

impl Default for Happenings {
    fn default() -> Self {
        let listeners = Arc::new(Semaphore::new(MOST_LISTENERS));
        Self { journals: Mutex::default(), changes: watch::Sender::new(()), listeners }
    }
}

impl Happenings {
    /// Verifies the token of a request once more, by the clock, and writes down what that tells.
    fn verify(&self, server: &ResourceServer, token: &str) {
        let started = tokio::time::Instant::now();
        let verified = server.verifier().verify(token, server.now());
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        if let Ok(token) = verified {
            self.note(&token, micros, server.now());
        }
    }

    /// The same for a request that brings the token in its header.
    fn verify_request(&self, server: &ResourceServer, request: &HttpRequest) {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some((_, token)) = header.and_then(|header| header.split_once(' ')) {
            self.verify(server, token.trim());
        }
    }

    fn note(&self, token: &AccessToken, micros: u64, now: UnixTime) {
        let Some(session) = token.session_id() else { return };
        let mut journals = self.journals.lock().unwrap_or_else(PoisonError::into_inner);
        let surplus =
            journals.keys().find(|other| *other != session).filter(|_| journals.len() >= MOST_SESSIONS);
        if let Some(other) = surplus.cloned() {
            journals.remove(&other);
        }
        journals.entry(session.to_owned()).or_default().note(token.jti(), micros, now);
        drop(journals);
        self.changes.send_replace(());
    }

    /// What happened to the sign-in behind a token after entry `seen`, newest first.
    fn of(&self, token: &AccessToken, seen: u64, words: &Words) -> Vec<Entry> {
        let journals = self.journals.lock().unwrap_or_else(PoisonError::into_inner);
        let journal = token.session_id().and_then(|session| journals.get(session));
        let entries = journal.into_iter().flat_map(|journal| &journal.entries);
        entries.filter(|entry| entry.number > seen).map(|entry| entry.in_words(words)).collect()
    }
}

impl Journal {
    /// A token names its grant before the dot.
    fn note(&mut self, jti: &str, micros: u64, now: UnixTime) {
        let grant = jti.split('.').next().unwrap_or_default().to_owned();
        match self.tokens.insert(grant, jti.to_owned()) {
            None => self.add(What::SignedIn, now),
            Some(known) if known != jti => self.add(What::Refreshed, now),
            Some(_) => {}
        }
        self.add(What::Verified { micros }, now);
    }

    fn add(&mut self, what: What, at: UnixTime) {
        self.newest += 1;
        self.entries.push_front(Happening { number: self.newest, at, what });
        self.entries.truncate(MOST_ENTRIES);
    }
}

impl Happening {
    fn in_words(&self, words: &Words) -> Entry {
        let words = match self.what {
            What::SignedIn => words.happened_signed_in.to_owned(),
            What::Verified { micros } => words.happened_verified.replace("{count}", &micros.to_string()),
            What::Refreshed => words.happened_refreshed.to_owned(),
        };
        Entry { number: self.number, at: self.at.as_secs(), words }
    }
}

impl Entry {
    /// For readers without script: the time of day at which it happened, in UTC.
    pub(crate) fn time(&self) -> String {
        let (hours, minutes, seconds) = (self.at / 3600 % 24, self.at / 60 % 60, self.at % 60);
        format!("{hours:02}:{minutes:02}:{seconds:02}")
    }
}

/// The route of the stream.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.route(PATH, web::get().to(listen));
}

/// What a handler needs to write down that it saw a person, and to show what happened so far.
pub(crate) struct Witness {
    happenings: Data<Happenings>,
    server: Data<ResourceServer>,
}

impl FromRequest for Witness {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let happenings = Data::from_request(request, payload).into_inner();
        let server = Data::from_request(request, payload).into_inner();
        ready(happenings.and_then(|happenings| Ok(Self { happenings, server: server? })))
    }
}

impl Witness {
    /// Writes down that this request was verified; answers what happened so far, newest first.
    pub(crate) fn see(&self, person: &SignedIn, words: &Words) -> Vec<Entry> {
        self.happenings.verify(&self.server, person.bearer());
        self.happenings.of(person.access_token(), 0, words)
    }
}

/// Writes down that a request to the API was verified.
pub(crate) async fn verify_first(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (happenings, server) =
        (request.app_data::<Data<Happenings>>(), request.app_data::<Data<ResourceServer>>());
    // Asking what happened is no happening.
    if let Some((happenings, server)) = happenings.zip(server).filter(|_| !request.path().ends_with(PATH)) {
        happenings.verify_request(server, request.request());
    }
    next.call(request).await
}

/// For the scripted page, which asks.
pub(crate) async fn api(
    bearer: Bearer,
    happenings: Data<Happenings>,
    language: Language,
) -> Json<Vec<Entry>> {
    Json(happenings.of(bearer.token(), 0, language.words()))
}

/// A page's stream. It ends when its sign-in does.
async fn listen(
    person: SignedIn,
    happenings: Data<Happenings>,
    server: Data<ResourceServer>,
    language: Language,
) -> HttpResponse {
    let Ok(permit) = Arc::clone(&happenings.listeners).try_acquire_owned() else {
        return HttpResponse::ServiceUnavailable().insert_header((RETRY_AFTER, "30")).finish();
    };
    let token = person.access_token().clone();
    let end = until_void(server, token.clone());
    let changes = happenings.changes.subscribe();
    let listener = Listener { happenings, token, language, changes, seen: 0, _permit: permit };
    let events = stream::unfold(listener, |mut listener| async move {
        let events = listener.next().await;
        Some((Ok::<_, Infallible>(events), listener))
    });
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .insert_header((CONTENT_ENCODING, "identity"))
        .streaming(events.take_until(Box::pin(end)).boxed_local())
}

async fn until_void(server: Data<ResourceServer>, token: AccessToken) {
    server.until_void(&token).await;
}

struct Listener {
    happenings: Data<Happenings>,
    token: AccessToken,
    language: Language,
    changes: watch::Receiver<()>,
    seen: u64,
    _permit: OwnedSemaphorePermit,
}

impl Listener {
    /// What happened since the last time, oldest first, or after a while of nothing a comment.
    async fn next(&mut self) -> Bytes {
        loop {
            self.changes.borrow_and_update();
            let news = self.happenings.of(&self.token, self.seen, self.language.words());
            if let Some(newest) = news.first() {
                self.seen = newest.number;
                return news.iter().rev().map(event).collect::<String>().into();
            }
            match tokio::time::timeout(KEEP_ALIVE, self.changes.changed()).await {
                Ok(Ok(())) => {}
                _ => return Bytes::from_static(b":\n\n"),
            }
        }
    }
}

fn event(entry: &Entry) -> String {
    let data = serde_json::to_string(entry).unwrap_or_default();
    format!("id: {}\ndata: {data}\n\n", entry.number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(journal: &Journal) -> Vec<What> {
        journal.entries.iter().map(|entry| entry.what).collect()
    }

    #[test]
    fn a_new_token_of_a_grant_is_a_refresh_and_of_another_grant_a_sign_in() {
        let (mut journal, now) = (Journal::default(), UnixTime::from_secs(1_795_232_827));
        for jti in ["grant.one", "grant.one", "grant.two", "other.one"] {
            journal.note(jti, 31, now);
        }
        let verified = What::Verified { micros: 31 };
        let expected =
            [verified, What::SignedIn, verified, What::Refreshed, verified, verified, What::SignedIn];
        assert_eq!(whats(&journal), expected);
        let entry = journal.entries.iter().map(|entry| entry.in_words(Language::English.words())).next();
        let entry = entry.unwrap_or_else(|| Entry { number: 0, at: 0, words: String::new() });
        assert_eq!((entry.number, entry.time().as_str()), (7, "03:47:07"));
        assert!(entry.words.contains("31 µs"), "{}", entry.words);
    }

    #[test]
    fn the_newest_are_kept() {
        let mut journal = Journal::default();
        for second in 0..100 {
            journal.note("grant.one", 1, UnixTime::from_secs(second));
        }
        let numbers: Vec<u64> = journal.entries.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (90..=101).rev().collect::<Vec<u64>>());
    }
}
