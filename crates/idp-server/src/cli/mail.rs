//! `mail`: letters to people. A running server sends what a command has queued.

use clap::Subcommand;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Context, PAGE,
    failure::Failure,
    output::{at, maybe_at},
};
use crate::{
    date::rfc3339,
    db::mails::{Mail, State},
    error_chain::Chain,
    mail::{Dispatch, Letter, News, NotSent, Postman},
    page, random,
    words::Language,
};
use idp_core::time::UnixTime;

const HEADING: [&str; 7] = ["id", "letter", "user", "state", "attempts", "written", "last error"];

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Sends a letter now, past the outbox, and says what the mail server made of it
    Test {
        /// The address to write to
        #[arg(allow_hyphen_values = true)]
        address: String,
        /// The language of the letter [default: language.default]
        #[arg(long, value_name = "TAG")]
        language: Option<Language>,
    },
    /// Lists the letters of the last 30 days, the newest first, and what became of them
    List,
    /// Has a letter that was not sent tried again at once
    Retry {
        /// The letter, as `mail list` shows it
        id: Uuid,
    },
}

pub(super) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Test { address, language } => test(address, language, context).await,
        Command::List => list(context).await,
        Command::Retry { id } => retry(id, context).await,
    }
}

async fn test(address: String, language: Option<Language>, context: &Context) -> Result<(), Failure> {
    let config = &context.config;
    let server = config.mail.server.clone().map(String::from);
    let server = server.ok_or_else(|| Failure::refused("mail.server is not set: no letter is ever sent"))?;
    let postman = Postman::new(&config.mail, &config.issuer);
    let postman = postman.map_err(|error| Failure::refused(Chain(&error)))?;
    let now = context.clock.now();
    let letter = Letter {
        to: address.clone(),
        language: language.unwrap_or(config.language.default),
        account: String::new(),
        news: News::Test { at: now },
        not_me: None,
    };
    let text = page::letter(&letter, &config.issuer);
    let text = text.ok_or_else(|| anyhow::anyhow!("the letter could not be written out"))?;
    let dispatch = Dispatch { id: random::new_id(now), to: &address, at: now, text: &text };
    match postman.take(&dispatch).await {
        Ok(()) => {
            let said = format!("{server} took a letter to {address}");
            Ok(context.output.show(&said, &json!({ "to": address, "server": server, "taken": true }))?)
        }
        Err(NotSent::Address) => {
            Err(Failure::refused(format!("{address:?}: no letter can be sent there through {server}")))
        }
        Err(failure) => Err(Failure::Failed(anyhow::anyhow!("{server}: {failure}{}", mend(&failure)))),
    }
}

/// What an operator can look at.
const fn mend(failure: &NotSent) -> &'static str {
    match failure {
        NotSent::NoTls => {
            "; the name in mail.server must be one of the certificate's, and its authority one of the system's or in mail.ca_file"
        }
        NotSent::BytesBeforeTls => {
            "; nothing was handed over: look at what stands between this machine and that server"
        }
        NotSent::NotLetIn { .. } | NotSent::NoSignIn => {
            "; look at mail.user, mail.password_file and mail.from"
        }
        NotSent::Connection | NotSent::Timeout => "; look at the name and the port in mail.server",
        _ => "",
    }
}

async fn list(context: &Context) -> Result<(), Failure> {
    let store = context.store(context.installation()?).await?;
    let mut table = context.output.open_table(&HEADING);
    let mut before = None;
    loop {
        let mails = store.mails_before(before, PAGE).await?;
        let Some((last, _)) = mails.last() else {
            return Ok(table.close()?);
        };
        before = Some(last.id);
        let rows: Vec<_> = mails.iter().map(row).collect();
        let values: Vec<_> = mails.iter().map(value).collect();
        if !table.add(&rows, &values)? {
            // `| head` has seen enough.
            return Ok(());
        }
    }
}

async fn retry(id: Uuid, context: &Context) -> Result<(), Failure> {
    let opened = context.open().await?;
    opened.administration(context).retry_mail(id, context.clock.now()).await?;
    let text = format!("{id} is due now; a running server sends it");
    Ok(context.output.show(&text, &json!({ "id": id, "due": true }))?)
}

/// Never the address: it is sealed, and the list may end up in a report.
fn row((mail, name): &(Mail, Option<String>)) -> Vec<String> {
    vec![
        mail.id.to_string(),
        mail.kind.clone(),
        name.clone().unwrap_or_default(),
        state(mail),
        mail.attempts.to_string(),
        rfc3339(time(mail.created_ms)),
        mail.last_error.clone().unwrap_or_default(),
    ]
}

fn state(mail: &Mail) -> String {
    match mail.state {
        State::Pending => format!("due {}", rfc3339(time(mail.next_attempt_ms))),
        State::Sent => format!("sent {}", rfc3339(time(mail.sent_ms.unwrap_or_default()))),
        State::GivenUp => "given up".to_owned(),
    }
}

fn value((mail, name): &(Mail, Option<String>)) -> Value {
    json!({
        "id": mail.id,
        "kind": mail.kind,
        "user": mail.user,
        "username": name,
        "state": mail.state.as_str(),
        "attempts": mail.attempts,
        "created_at": at(time(mail.created_ms)),
        "next_attempt_at": (mail.state == State::Pending).then(|| at(time(mail.next_attempt_ms))),
        "expires_at": at(time(mail.expires_ms)),
        "sent_at": maybe_at(mail.sent_ms.map(time)),
        "last_error": mail.last_error,
    })
}

const fn time(ms: i64) -> UnixTime {
    UnixTime(ms.div_euclid(1000))
}
