//! `user import`: people of another system, with the hashes that it kept. A line that cannot be taken is told and left out;
//! the others are added. The same file again adds only what is missing.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
};

use clap::Args;
use futures_util::{StreamExt as _, stream};
use idp_core::{
    mail_address::MailAddress,
    user::{AddressChange, StandardClaims, UserStatus},
    username::Username,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::claim_flags;
use crate::{
    cli::{Context, failure::Failure},
    directory::{
        Administration, DirectoryError,
        users::{FirstPassword, NewUser},
    },
};

/// Writers share a flush, so some at a time are faster than one.
const AT_A_TIME: usize = 32;

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// The file, or - for standard input
    #[arg(value_name = "FILE", allow_hyphen_values = true)]
    file: PathBuf,
}

/// A line of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    username: String,
    password_hash: String,
    /// The primary address.
    email: Option<String>,
    /// Whether the other system made sure that it is theirs.
    #[serde(default)]
    email_verified: bool,
    #[serde(default)]
    claims: Map<String, Value>,
    #[serde(default)]
    disabled: bool,
}

/// What became of a line.
enum Outcome {
    Added,
    Existed,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let lines = open(&arguments.file)?.lines().zip(1_u64..);
    let lines = lines.filter(|(line, _)| !matches!(line, Ok(text) if text.trim().is_empty()));
    let taken = stream::iter(lines).map(async |(line, number)| {
        let outcome = match line {
            Ok(text) => take(&text, context, directory).await,
            Err(error) => Err(error.into()),
        };
        (number, outcome)
    });
    let mut taken = std::pin::pin!(taken.buffered(AT_A_TIME));
    let (mut added, mut existed, mut refused) = (0_u64, 0_u64, 0_u64);
    while let Some((number, outcome)) = taken.next().await {
        match outcome {
            Ok(Outcome::Added) => added += 1,
            Ok(Outcome::Existed) => existed += 1,
            Err(Failure::Refused(reason)) => {
                refused += 1;
                writeln!(io::stderr(), "line {number}: {reason}")?;
            }
            // The file, the database: what comes after would fail as well.
            Err(failure) => return Err(failure),
        }
    }
    let text = format!("Added {added}, existed already {existed}, refused {refused}");
    context.output.show(&text, &json!({ "added": added, "existed": existed, "refused": refused }))?;
    match refused {
        0 => Ok(()),
        _ => Err(Failure::refused(format!("{refused} of the lines were not taken; the others were"))),
    }
}

fn open(file: &PathBuf) -> io::Result<Box<dyn BufRead>> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    Ok(Box::new(BufReader::new(File::open(file)?)))
}

async fn take(text: &str, context: &Context, directory: Administration<'_>) -> Result<Outcome, Failure> {
    // What was read is not told: a hash may stand in a wrong place.
    let line: Line = serde_json::from_str(text).map_err(|error| Failure::refused(unreadable(&error)))?;
    let username = Username::parse(&line.username).map_err(Failure::refused)?;
    let change = claim_flags::json(&Value::Object(line.claims).to_string()).map_err(Failure::refused)?;
    let claims = change.apply(StandardClaims::default()).map_err(DirectoryError::from)?;
    let status = if line.disabled { UserStatus::Disabled } else { UserStatus::Active };
    let addresses = addresses(line.email.as_deref(), line.email_verified)?;
    let password = FirstPassword::Hashed(line.password_hash);
    let new = NewUser { username, claims, addresses, attributes: Default::default(), password, status };
    match directory.add_user(new, context.clock.now()).await {
        Ok(_) => Ok(Outcome::Added),
        Err(DirectoryError::UserExists(_)) => Ok(Outcome::Existed),
        Err(error) => Err(error.into()),
    }
}

fn addresses(email: Option<&str>, is_verified: bool) -> Result<Vec<AddressChange>, Failure> {
    let Some(email) = email else {
        return match is_verified {
            true => Err(Failure::refused("email_verified says something of email, which is not there")),
            false => Ok(Vec::new()),
        };
    };
    let address = MailAddress::parse(email).map_err(Failure::refused)?;
    Ok(vec![if is_verified { AddressChange::Vouch(address) } else { AddressChange::Add(address) }])
}

fn unreadable(error: &serde_json::Error) -> String {
    let expected = "a JSON object with username, password_hash and, if need be, email, email_verified (true or false), claims (an object) and \
         disabled (true or false)";
    format!("this must be {expected}; read as far as column {}", error.column())
}
