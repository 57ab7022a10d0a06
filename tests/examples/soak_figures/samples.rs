//! What nodes, PostgreSQL and Redis hold, each minute.

use crate::explained::Explained;
use crate::faults::Installation;
use idp_tests::population::Population;
use idp_tests::postgres;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

const NODES: [&str; 2] = ["one", "two"];

/// In the order in which they were taken.
#[derive(Default)]
pub struct Samples(Vec<Sample>);

struct Sample {
    at: Instant,
    /// By what it is.
    figures: BTreeMap<String, usize>,
    rows: BTreeMap<String, i64>,
}

impl Samples {
    /// When nothing is away.
    pub fn take(&mut self, installation: &Installation) {
        let mut figures = BTreeMap::new();
        for (number, name) in NODES.iter().enumerate() {
            let node = installation.house.node(number).unwrap();
            figures.insert(format!("node {name}, memory, KiB"), node.memory());
            figures.insert(format!("node {name}, descriptors"), node.descriptors());
            figures.insert(format!("node {name}, threads"), node.threads());
        }
        let url = installation.postgres.url("idp");
        let size = usize::try_from(Population::open(&url).size()).unwrap();
        figures.insert("database, bytes".to_owned(), size);
        let memory = installation.redis.cli(&["INFO", "memory"]);
        let used = memory.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
        figures.insert("Redis, bytes".to_owned(), used.trim().parse().unwrap());
        figures.insert("Redis, keys".to_owned(), installation.redis.cli(&["DBSIZE"]).parse().unwrap());
        self.0.push(Sample { at: Instant::now(), figures, rows: postgres::rows(&url) });
    }

    /// Prints what was held, and says what grew too much.
    pub fn print_and_compare(&self, lasted: Duration, explained: &Explained) -> Vec<String> {
        let begun = self.0[0].at;
        let (first, last): (Vec<_>, Vec<_>) = (
            self.0.iter().filter(|sample| sample.at - begun < lasted / 4).collect(),
            self.0.iter().filter(|sample| sample.at - begun >= lasted * 3 / 4).collect(),
        );
        let mut wrongs = Vec::new();
        println!("| figure (median) | first quarter | last quarter | allowed |\n|---|---|---|---|");
        for name in self.0[0].figures.keys() {
            let (before, after) = (median(&first, name), median(&last, name));
            let allowed = before + allowance(name, before, explained);
            println!("| {name} | {before} | {after} | {allowed} |");
            wrongs.extend((after > allowed).then(|| format!("{name}: {before}, then {after}")));
        }
        println!("\n| table | rows at first | rows at last | most | allowed |\n|---|---|---|---|---|");
        let end = &self.0[self.0.len() - 1];
        for (table, before) in &self.0[0].rows {
            let most = self.0.iter().map(|sample| sample.rows[table]).max().unwrap();
            let allowed = before + i64::try_from(explained.rows(table)).unwrap();
            if most != *before {
                println!("| `{table}` | {before} | {} | {most} | {allowed} |", end.rows[table]);
            }
            wrongs.extend((most > allowed).then(|| format!("{table}: {before} rows, then {most}")));
        }
        wrongs
    }
}

/// How much more a figure may be in the last quarter. Processes that are flat still breathe: buffers of connections and of the
/// allocator, threads that come for a while.
fn allowance(name: &str, before: usize, explained: &Explained) -> usize {
    match name {
        "database, bytes" => explained.database_bytes(),
        "Redis, bytes" => explained.redis_bytes(),
        // A family, a session, an entry of the denylist.
        "Redis, keys" => explained.redis_bytes() / 1024,
        _ if name.ends_with("KiB") => before / 10 + 8 * 1024,
        _ if name.ends_with("threads") => 4,
        _ => 16,
    }
}

fn median(samples: &[&Sample], name: &str) -> usize {
    let mut values: Vec<usize> = samples.iter().map(|sample| sample.figures[name]).collect();
    values.sort_unstable();
    values[values.len() / 2]
}
