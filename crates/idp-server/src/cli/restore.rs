//! `restore`: an empty installation becomes the one that a backup is of.

use std::path::PathBuf;

use clap::Args;
use idp_core::time::UnixTime;

use super::{
    Context,
    backup::{KeyFlags, value, words},
    failure::Failure,
};
use crate::{backup, db::DbError, directory::DirectoryError};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    key: KeyFlags,
    /// Keeps everybody signed in. What was ended or revoked since the backup was made works again: only for a move, with the old
    /// provider stopped before the backup was made
    #[arg(long)]
    keep_sessions: bool,
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> Result<(), Failure> {
    let (key, now) = (arguments.key.read()?, context.clock.now());
    let restored = backup::restore(&arguments.file, &key.opener(), &context.config.storage, now).await?;
    let (contents, installation) = (restored.contents, restored.installation);
    let opened = context.open_with(installation).await?;
    let made_at = UnixTime(contents.head.made_at);
    let by = opened.administration(context);
    // The installation is open once this is stored. What Redis holds from before counts no more, and the first node gives it the rest.
    let unpublished = match by.end_restore(made_at, arguments.keep_sessions, context.clock.now()).await {
        Err(DirectoryError::Store(error @ DbError::Unpublished(_))) => Some(error),
        done => done.map(|()| None)?,
    };
    let sessions = if arguments.keep_sessions {
        "Everybody stays signed in, and what was ended since then works again"
    } else {
        "Everybody has to sign in again, and links in letters are void"
    };
    let redis = unpublished.as_ref().map_or_else(String::new, |error| {
        format!(". Redis is left to the first node that starts with it: {error}")
    });
    let text = format!("restored {}. {sessions}{redis}", words(&contents));
    let mut answer = value(&contents);
    if let Some(members) = answer.as_object_mut() {
        members.insert("sessions_kept".to_owned(), arguments.keep_sessions.into());
        members.insert("redis_confirmed".to_owned(), unpublished.is_none().into());
    }
    Ok(context.output.show(&text, &answer)?)
}
