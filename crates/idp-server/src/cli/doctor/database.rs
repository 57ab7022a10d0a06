//! How long the database takes, whether its indexes are there and used, and its clock.

use std::time::Duration;

use super::{Node, clock};
use crate::{cli::checks::Finding, store::MissingIndex};

const CHECK: &str = "database";
/// A sign-in asks some ten times: from here on a person notices.
const SLOW: Duration = Duration::from_millis(20);

pub(super) async fn look(node: Option<&Node<'_>>) -> Vec<Finding> {
    let Some(node) = node else { return Vec::new() };
    let found = match node.opened.store.examine().await {
        Ok(found) => found,
        Err(error) => {
            let fault = Finding::fault(CHECK, error);
            return vec![fault.mended_by("see in its log why it does not answer")];
        }
    };
    let took = format!("{} answers in {} ms", found.version, milliseconds(found.round_trip));
    let answers = if found.round_trip > SLOW {
        Finding::note(CHECK, format!("{took}, and each sign-in asks it some ten times"))
            .mended_by("put nodes and database near each other, or see what else the database does")
    } else {
        Finding::well(CHECK, took)
    };
    let clock = found.clock_ahead_ms.map(|ahead| clock::compared("the database server", ahead));
    let missing = found.missing_indexes.iter().map(is_missing);
    let scans = found.scanning.iter().map(|purpose| {
        Finding::failed(CHECK, format!("for {purpose} it looks at a whole table"))
            .mended_by("make its indexes again, as said above, and run ANALYZE")
    });
    let is_well = found.missing_indexes.is_empty() && found.scanning.is_empty();
    let plans =
        is_well.then(|| Finding::well(CHECK, "every index is there, and what requests ask most goes by one"));
    [answers].into_iter().chain(clock).chain(plans).chain(missing).chain(scans).collect()
}

fn is_missing(index: &MissingIndex) -> Finding {
    let words =
        format!("the index {} is missing or not valid: deletions and look-ups take ever longer", index.name);
    // On a server an index that is made the plain way keeps writers out.
    let made_by = index.made_by.split_whitespace().collect::<Vec<_>>().join(" ");
    Finding::failed(CHECK, words).mended_by(format!("in the database: {made_by}"))
}

/// With one digit behind the point.
pub(super) fn milliseconds(took: Duration) -> String {
    format!("{:.1}", took.as_secs_f64() * 1000.0)
}
