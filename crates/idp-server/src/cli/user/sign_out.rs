//! `user sign-out`: ends what one person, or everybody, has open, or one of a person's sign-ins. The account stays open.

use clap::Args;
use idp_core::{time::UnixTime, username::Username};
use serde_json::json;
use uuid::Uuid;

use super::open_of;
use crate::{
    cli::{
        Context,
        confirmation::{Confirmation, count},
        failure::Failure,
    },
    directory::Administration,
    store::devices::SessionSelector,
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// The sign-in name
    #[arg(value_parser = Username::parse, required_unless_present = "all", conflicts_with = "all", allow_hyphen_values = true)]
    username: Option<Username>,
    /// Everybody, as after an old copy of the database was restored
    #[arg(long)]
    all: bool,
    /// Only this sign-in (see `user devices`)
    #[arg(long, value_name = "SESSION", conflicts_with_all = ["all", "others_than"])]
    device: Option<Uuid>,
    /// All but this sign-in
    #[arg(long, value_name = "SESSION", conflicts_with = "all")]
    others_than: Option<Uuid>,
    #[command(flatten)]
    confirmation: Confirmation,
}

/// Open sessions are counted no further.
const MOST_COUNTED: i64 = 10_000;

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let now = context.clock.now();
    let Some(username) = &arguments.username else {
        arguments.confirmation.ask(async || what_everybody_has(directory, now).await).await?;
        directory.sign_out_everybody(now).await?;
        let value = json!({ "username": null, "all": true, "signed_out": true });
        return Ok(context.output.show("Everybody is signed out everywhere", &value)?);
    };
    let name = username.as_str();
    // One sign-in that is named by its id is what it is.
    if arguments.device.is_none() {
        let consequence = match arguments.others_than {
            Some(_) => "all of that ends but the sign-in that you named",
            None => "all of that ends; they may sign in again",
        };
        let effect = async || open_of(username, consequence, context, directory).await;
        arguments.confirmation.ask(effect).await?;
    }
    let which = match (arguments.device, arguments.others_than) {
        (Some(sid), _) => SessionSelector::One(sid),
        (None, Some(sid)) => SessionSelector::OthersThan(sid),
        (None, None) => {
            directory.sign_out_user(username, now).await?;
            let value = json!({ "username": username, "all": false, "signed_out": true });
            return Ok(context.output.show(&format!("{name} is signed out everywhere"), &value)?);
        }
    };
    let ended = directory.sign_out_sessions(username, which, now).await?;
    let value = json!({ "username": username, "all": false, "signed_out": true, "sessions": ended.sessions });
    let text = match ended.sessions.len() {
        1 => format!("{name} is signed out on 1 device"),
        many => format!("{name} is signed out on {many} devices"),
    };
    Ok(context.output.show(&text, &value)?)
}

async fn what_everybody_has(directory: Administration<'_>, now: UnixTime) -> Result<String, Failure> {
    let open = directory.store.count_open_sessions(now, MOST_COUNTED + 1).await?;
    let open = count(open, usize::try_from(MOST_COUNTED).unwrap_or(usize::MAX), "sign-in");
    Ok(format!("Everybody is signed out everywhere: {open} would end, and people have to sign in again"))
}
