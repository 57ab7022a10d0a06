//! `user sign-out`: ends what one person, or everybody, has open, or one of a person's sign-ins. The account stays open.

use clap::Args;
use idp_core::username::Username;
use serde_json::json;
use uuid::Uuid;

use super::open_of;
use crate::{
    admin_api::{
        NoPath,
        everybody::{CountSessions, OpenCount, SignOutEverybody},
        users::{
            change::SignOutUser,
            sessions::{EndOtherSessions, EndSession, SessionPath},
        },
    },
    cli::{
        api::{Api, on, seen},
        confirmation::{Confirmation, count_of},
        failure::Failure,
        output::Output,
    },
};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The username, a verified e-mail address, or the id
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

pub(super) async fn run(arguments: &Arguments, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let Some(username) = &arguments.username else {
        arguments.confirmation.ask(async || what_everybody_has(api).await).await?;
        api.call(on::<SignOutEverybody>(NoPath::default())).await?;
        let value = json!({ "username": null, "all": true, "signed_out": true });
        return Ok(output.show("Everybody is signed out everywhere", &value)?);
    };
    let person = api.person(username).await?;
    let (user, name) = (person.id, &person.username);
    // One sign-in that is named by its id is what it is.
    if arguments.device.is_none() {
        let consequence = match arguments.others_than {
            Some(_) => "all of that ends but the sign-in that you named",
            None => "all of that ends; they may sign in again",
        };
        arguments.confirmation.ask(async || open_of(&person, consequence, api).await).await?;
    }
    let ended = match (arguments.device, arguments.others_than) {
        (Some(session), _) => {
            api.call(on::<EndSession>(SessionPath { user, session })).await?;
            vec![session]
        }
        (None, Some(session)) => {
            api.call(on::<EndOtherSessions>(SessionPath { user, session })).await?.body.items
        }
        (None, None) => {
            api.call(on::<SignOutUser>(person.path())).await?;
            let value = json!({ "username": name, "all": false, "signed_out": true });
            return Ok(output.show(&format!("{name} is signed out everywhere"), &value)?);
        }
    };
    let value = json!({ "username": name, "all": false, "signed_out": true, "sessions": ended });
    let text = match ended.len() {
        1 => format!("{name} is signed out on 1 device"),
        many => format!("{name} is signed out on {many} devices"),
    };
    Ok(output.show(&text, &value)?)
}

async fn what_everybody_has(api: &Api<'_>) -> Result<String, Failure> {
    let open = seen(api.call(on::<CountSessions>(NoPath::default())).await)?;
    let open = open.map_or_else(
        || "every sign-in".to_owned(),
        |open| {
            let OpenCount { count, more } = open.body;
            count_of(count, more, "sign-in")
        },
    );
    Ok(format!("Everybody is signed out everywhere: {open} would end, and people have to sign in again"))
}
