//! The statements that a provider of this process sends to its SQLite file, each with the functions of `db/` that sent
//! it. Diesel tells of each one, so what is recorded is what runs.

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use std::backtrace::Backtrace;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Statements, and by which functions of `idp_server::db` they were sent (`sessions::by_sid`).
pub type Statements = BTreeMap<String, BTreeSet<String>>;

/// Databases below a folder with this in its path are recorded, and no other of this process.
pub const MARK: &str = "recorded-statements-";

static SEEN: Mutex<Statements> = Mutex::new(BTreeMap::new());

/// Begins to record: connections that are opened from now on.
pub fn record() {
    set_default_instrumentation(|| Some(Box::new(Recorder::default()))).unwrap();
}

/// What was recorded so far.
#[must_use]
pub fn recorded() -> Statements {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Listens on one connection.
#[derive(Default)]
struct Recorder {
    is_on: bool,
}

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.is_on = url.contains(MARK),
            InstrumentationEvent::StartQuery { query, .. } if self.is_on => {
                let text = query.to_string();
                let statement = text.split(" -- binds").next().unwrap_or_default().to_owned();
                let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
                seen.entry(statement).or_default().extend(callers());
            }
            _ => {}
        }
    }
}

/// The functions of `db/` on the stack. A frame is two lines: the function, without its module where it was inlined, and the
/// file.
fn callers() -> Vec<String> {
    let stack = Backtrace::force_capture().to_string();
    let lines: Vec<&str> = stack.lines().map(str::trim).collect();
    lines.windows(2).filter_map(|frame| caller(frame.first()?, frame.get(1)?)).collect()
}

fn caller(function: &str, at: &str) -> Option<String> {
    let (_, file) = at.strip_prefix("at ")?.split_once("/idp-server/src/db/")?;
    let (table, _) = file.split_once(".rs:")?;
    let (_, function) = function.split_once(": ")?;
    let function = function.split("::{{closure}}").next()?.rsplit("::").next()?;
    Some(format!("{table}::{function}")).filter(|_| !table.contains('/'))
}
