//! `mail`: letters to people, on the database at hand or on a server elsewhere. A running server sends what a command has queued.

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::{
    Context,
    api::{Api, ServerFlags, on},
    failure::Failure,
    output::Output,
};
use crate::{
    admin_api::{
        NoPath,
        deliveries::{GiveUpMail, ListMails, Mail, MailPath, MailQuery, RetryMail},
    },
    error_chain::Chain,
    mail::{Dispatch, Letter, News, NotSent, Postman},
    page, random,
    words::Language,
};

const HEADING: [&str; 7] = ["id", "letter", "user", "state", "attempts", "written", "last error"];

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Sends a letter now, past the outbox, and says what the mail server made of it. By the configuration of this machine alone
    Test(TestCommand),
    /// Lists the letters of the last 30 days, the newest first, and what became of them
    List {
        /// In this state alone
        #[arg(long, value_name = "STATE", value_parser = ["pending", "sent", "given_up"])]
        state: Option<String>,
    },
    /// Has a letter that was not sent tried again at once
    Retry(Id),
    /// Gives a letter up that waits
    GiveUp(Id),
}

#[derive(Args, Clone, Debug)]
pub(super) struct TestCommand {
    /// The address to write to
    #[arg(allow_hyphen_values = true)]
    address: String,
    /// The language of the letter [default: language.default]
    #[arg(long, value_name = "TAG")]
    language: Option<Language>,
}

#[derive(Args, Debug)]
struct Id {
    /// The letter, as `mail list` shows it
    id: Uuid,
}

/// Why the mail server of a server elsewhere is not tried.
const TEST_IS_HERE: &str =
    "mail test goes by the configuration of the machine that it runs on: run it there, without --server";

impl Command {
    /// Why it works on this machine alone, where it does.
    pub(super) const fn only_here(&self) -> Option<&'static str> {
        match self.what {
            What::Test(_) => Some(TEST_IS_HERE),
            _ => None,
        }
    }

    /// Whether it tries the mail server.
    pub(super) fn test(&self) -> Option<TestCommand> {
        match &self.what {
            What::Test(test) => Some(test.clone()),
            _ => None,
        }
    }
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    match command.what {
        What::Test(_) => Err(Failure::refused(TEST_IS_HERE)),
        What::List { state } => {
            let query = MailQuery { state, ..MailQuery::default() };
            api.print::<ListMails, _>(NoPath::default, &query, (&HEADING, row), output).await
        }
        What::Retry(Id { id }) => {
            api.call(on::<RetryMail>(MailPath { mail: id })).await?;
            let text = format!("{id} is due now; a running server sends it");
            Ok(output.show(&text, &json!({ "id": id, "due": true }))?)
        }
        What::GiveUp(Id { id }) => {
            api.call(on::<GiveUpMail>(MailPath { mail: id })).await?;
            Ok(output.show(&format!("{id} is not sent any more"), &json!({ "id": id, "given_up": true }))?)
        }
    }
}

/// Past the outbox, by the configuration of this machine.
pub(super) async fn test(command: TestCommand, context: &Context) -> Result<(), Failure> {
    let TestCommand { address, language } = command;
    let language = language.unwrap_or(context.config.language.default);
    let server = send_test(&address, language, context).await?;
    let said = format!("{server} took a letter to {address}");
    Ok(context.output.show(&said, &json!({ "to": address, "server": server, "taken": true }))?)
}

/// Has the mail server take a letter. Answers which that is.
pub(super) async fn send_test(
    address: &str,
    language: Language,
    context: &Context,
) -> Result<String, Failure> {
    let config = &context.config;
    let server = config.mail.server.clone().map(String::from);
    let server = server.ok_or_else(|| Failure::refused("mail.server is not set: no letter is ever sent"))?;
    let postman = Postman::new(&config.mail, &config.issuer, &config.storage.mounted_secrets);
    let postman = postman.map_err(|error| Failure::refused(Chain(&error)))?;
    let now = context.clock.now();
    let letter = Letter {
        to: address.to_owned(),
        language,
        account: String::new(),
        news: News::Test { at: now },
        not_me: None,
    };
    let text = page::letter(&letter, &config.issuer);
    let text = text.ok_or_else(|| anyhow::anyhow!("the letter could not be written out"))?;
    let dispatch = Dispatch { id: random::new_id(now), to: address, at: now, text: &text };
    match postman.take(&dispatch).await {
        Ok(()) => Ok(server),
        Err(NotSent::Address) => {
            Err(Failure::refused(format!("{address:?}: no letter can be sent there through {server}")))
        }
        Err(failure) => Err(Failure::Failed(anyhow::anyhow!("{server}: {failure}{}", mend(&failure)))),
    }
}

/// What an operator can look at.
pub(super) const fn mend(failure: &NotSent) -> &'static str {
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

/// Never the address: it is sealed, and the list may end up in a report.
fn row(mail: &Mail) -> Vec<String> {
    let user = mail.username.clone().or_else(|| Some(mail.user?.to_string()));
    vec![
        mail.id.to_string(),
        mail.kind.clone(),
        user.unwrap_or_default(),
        state(mail),
        mail.attempts.to_string(),
        mail.created_at.0.clone(),
        mail.last_error.clone().unwrap_or_default(),
    ]
}

fn state(mail: &Mail) -> String {
    match (&mail.next_attempt_at, &mail.sent_at) {
        (Some(at), _) => format!("due {}", at.0),
        (_, Some(at)) => format!("sent {}", at.0),
        _ => mail.state.replace('_', " "),
    }
}
