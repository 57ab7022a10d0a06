//! `/metrics`, on sockets of its own: never where browsers and sites come. The page is written from memory. What it tells of the
//! database is asked for at most once in two seconds, however many ask, and waited for a second at most.

use super::metadata::health;
use super::request::route::{read, resource};
use crate::app::App;
use crate::clock::Stopwatch;
use crate::metrics::{Format, KeyFigures, Outboxes, Snapshot, page};
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use idp_core::discovery::path;
use idp_core::key::{KeyRing, KeyState};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Where Prometheus looks by default.
const METRICS: &str = "/metrics";
/// How long what the database said is told again.
const KEPT: Duration = Duration::from_secs(2);
/// How long it is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the database said last, and when.
type Asked = Mutex<Option<(Stopwatch, Said)>>;

/// What the database said.
#[derive(Copy, Clone)]
struct Said {
    /// Whether it said anything in time.
    is_up: bool,
    /// What it has of deliveries; `None` where that could not be read.
    outboxes: Option<Outboxes>,
}

/// Mounts what is told on sockets for operators: the metrics, and the health with the parts that are at fault.
pub fn routes(app: &Arc<App>) -> impl FnOnce(&mut ServiceConfig) + Clone + 'static {
    let (app, asked) = (Arc::clone(app), Data::new(Asked::default()));
    move |config: &mut ServiceConfig| {
        config
            .app_data(Data::from(app))
            .app_data(asked)
            .service(resource(METRICS, "GET, HEAD").route(read(get)))
            .service(resource(path::HEALTH_LIVE, "GET, HEAD").route(read(health::live)))
            .service(resource(path::HEALTH_STARTED, "GET, HEAD").route(read(health::started)))
            .service(resource(path::HEALTH_READY, "GET, HEAD").route(read(health::ready_with_problems)));
    }
}

async fn get(request: HttpRequest, app: Data<App>, asked: Data<Asked>) -> HttpResponse {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let format = Format::asked_for(accept.unwrap_or_default());
    let snapshot = snapshot(&app, ask(&Data::clone(&app).into_inner(), &asked).await);
    match page(&app.metrics, &snapshot, format) {
        Ok(page) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, format.content_type()))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(page),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// What the database says; looks at the health on the way, for the part of the page that tells of it.
async fn ask(app: &Arc<App>, asked: &Asked) -> Said {
    let mut asked = asked.lock().await;
    if let Some((since, said)) = *asked
        && since.elapsed() < KEPT
    {
        return said;
    }
    let outboxes = app.store.outboxes(app.audit_webhook.is_some(), app.now());
    let (outboxes, _) = tokio::join!(timeout(PATIENCE, outboxes), timeout(PATIENCE, look(app)));
    let said = match outboxes {
        Ok(Ok(outboxes)) => Said { is_up: true, outboxes: Some(outboxes) },
        Ok(Err(error)) => {
            tracing::warn!(%error, "the outboxes could not be read for the metrics");
            Said { is_up: error.is_answer(), outboxes: None }
        }
        Err(_) => Said { is_up: false, outboxes: None },
    };
    *asked = Some((Stopwatch::start(), said));
    said
}

/// A look at the health. It goes on when the page no longer waits for it: the page tells what was found last, and a page that waits less
/// long than load balancers do finds nothing that they would not.
fn look(app: &Arc<App>) -> JoinHandle<()> {
    let app = Arc::clone(app);
    tokio::spawn(async move { drop(health::look(&app).await) })
}

fn snapshot(app: &App, said: Said) -> Snapshot {
    let feed = &app.feed;
    let age = feed.age_ms().map(|age| Duration::from_millis(u64::try_from(age).unwrap_or_default()));
    Snapshot {
        started: app.started,
        database: app.store.database_kind(),
        hashing: app.hashing.figures(),
        pools: app.store.pools(),
        database_faults: app.store.database_faults().clone(),
        redis: app.store.redis_figures(),
        listeners: feed.listeners.count(),
        listeners_limit: feed.listeners.most(),
        feed_age: age,
        feed_entries: feed.state().entries.len(),
        is_database_up: said.is_up,
        outboxes: said.outboxes,
        traces: app.traces.get().cloned(),
        ready: app.readiness.parts(),
        keys: keys(&app.keys.ring()),
        certificate_ends: app.certificate.get().and_then(|certificate| certificate.ends()),
    }
}

fn keys(ring: &KeyRing) -> KeyFigures {
    let mut by_state = BTreeMap::from(["next", "active", "retired"].map(|state| (state, 0)));
    for key in ring.keys() {
        *by_state.entry(key.state.name()).or_default() += 1;
    }
    let signer = ring.signer().map(|key| key.kid().to_owned());
    let signs = ring.keys().iter().find(|entry| Some(entry.key.kid()) == signer.as_deref());
    let since =
        signs.filter(|entry| matches!(entry.state, KeyState::Active { .. })).map(|entry| entry.state.at());
    let due = since.map(|since| since.plus(ring.policy().rotate_every()));
    KeyFigures { by_state: by_state.into_iter().collect(), since, due }
}
