//! `explain`: what a token, a session, a person or another thing is, whether it is good, what ended it, and who was told. On the database at
//! hand or on a server elsewhere. A token is best read from standard input or a file: a command line is in the history of the shell, and in
//! the list of processes.

use std::{
    fs::File,
    io::{self, IsTerminal as _, Read, Write as _},
    path::PathBuf,
};

use anyhow::Context as _;
use clap::Args;
use zeroize::Zeroizing;

use super::{
    api::{Api, ServerFlags, with},
    failure::Failure,
    output::{Output, value},
};
use crate::{
    admin_api::{
        NoPath,
        explain::{Explain, Explanation, Question, ToldSite},
    },
    directory::explanation::LONGEST,
};

/// What stands for standard input.
const STDIN: &str = "-";

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    /// A sid, a name, an address or an id; a token too, though it is then in the history of the shell. Read from standard input when it is -
    /// or left out
    #[arg(value_name = "WHAT", allow_hyphen_values = true)]
    what: Option<String>,
    /// Reads it from a file
    #[arg(long, value_name = "PATH", conflicts_with = "what")]
    file: Option<PathBuf>,
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let text = command.text()?;
    let question = Question { text: text.trim().to_owned() };
    let explanation = api.call(with::<Explain>(NoPath::default(), question)).await?.body;
    Ok(output.show(&sentences(&explanation), &value(&explanation)?)?)
}

impl Command {
    fn text(&self) -> Result<Zeroizing<String>, Failure> {
        match (&self.what, &self.file) {
            (_, Some(path)) => {
                let file = File::open(path).with_context(|| format!("--file {}", path.display()))?;
                read(file)
            }
            (Some(what), None) if what != STDIN => {
                if is_secret(what) {
                    let warning = "the token is in the history of the shell and was in the list of processes: pipe it in, or name a file with --file";
                    let _no_terminal = writeln!(io::stderr(), "note: {warning}");
                }
                Ok(Zeroizing::new(what.clone()))
            }
            _ => {
                let stdin = io::stdin();
                if stdin.is_terminal() {
                    let _no_terminal = writeln!(io::stderr(), "Paste it, then press Enter and Ctrl-D:");
                }
                read(stdin.lock())
            }
        }
    }
}

/// No more than any token has.
fn read(input: impl Read) -> Result<Zeroizing<String>, Failure> {
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(2);
    let mut text = Zeroizing::new(String::new());
    input.take(most).read_to_string(&mut text).context("it cannot be read as text")?;
    Ok(text)
}

/// Whether others should not read it: names and ids have no part so long without a space.
fn is_secret(text: &str) -> bool {
    text.len() > 40 && text.contains('.') && !text.contains('@')
}

fn sentences(explanation: &Explanation) -> String {
    let Explanation { kind, good, reasons, facts, ended_at, ended_because, revocation, sites, events } =
        explanation;
    let verdict = match good {
        Some(true) => ": good",
        Some(false) => ": not good",
        None => "",
    };
    let mut lines = vec![format!("{}{verdict}", kind.replace('_', " "))];
    lines.extend(reasons.iter().map(|reason| format!("  {reason}")));
    lines.extend(facts.iter().map(|fact| format!("{}: {}", fact.name.replace('_', " "), fact.value)));
    if let (Some(at), Some(because)) = (ended_at, ended_because) {
        let number = revocation.map(|number| format!(", entry {number} of the revocation log"));
        lines.push(format!("ended: {} ({because}){}", at.0, number.unwrap_or_default()));
    }
    lines.extend(sites.iter().map(site));
    lines.extend(events.iter().map(|event| {
        let words = [&event.actor, &event.client, &event.address, &event.detail];
        let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
        format!("{}  {}  {}", event.at.0, event.event, words.join("  ")).trim_end().to_owned()
    }));
    lines.join("\n")
}

fn site(site: &ToldSite) -> String {
    let by_feed = match (site.feed_instances, site.feed_confirmed) {
        (0, _) => None,
        (instances, Some(confirmed)) => Some(format!("feed: {confirmed} of {instances} confirmed")),
        (instances, None) => Some(format!("feed: {instances} connected")),
    };
    let by_token = site.logout_delivery.as_ref().map(|delivery| {
        let why = delivery.last_error.as_deref().map(|error| format!(", {error}")).unwrap_or_default();
        format!("logout token {}: {}{why}", delivery.id, delivery.state.replace('_', " "))
    });
    let ways: Vec<String> = by_feed.into_iter().chain(by_token).collect();
    let ways = if ways.is_empty() { "is not told; its tokens run out".to_owned() } else { ways.join("; ") };
    format!("site {}: {ways}", site.client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s111_a_token_on_the_command_line_is_told_from_a_name() {
        for secret in [
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIn0.c2ln",
            "rt.AZAAAAAAcACAAAAAAAAAAQ.AZAAAAAAcACAAAAAAAAAAQ.abc.def",
        ] {
            assert!(is_secret(secret));
        }
        for name in ["alice", "alice@example.com", "0193a1b2-0000-7000-8000-000000000001", "site-a"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
