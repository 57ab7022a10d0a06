//! `user sign-out`: ends what one person, or everybody, has open, or one of a person's sign-ins. Nobody is shut out.

use clap::Args;
use idp_core::{session::EndCause, username::Username};
use serde_json::json;
use uuid::Uuid;

use super::find;
use crate::{
    cli::{Context, failure::Failure},
    db::audit_events::About,
    installation::Installation,
    store::{
        devices::{self, By, Which},
        revoke::{Target, revoke},
    },
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// The sign-in name
    #[arg(value_parser = Username::parse, required_unless_present = "all", conflicts_with = "all")]
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
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    installation: &Installation,
) -> Result<(), Failure> {
    let Some(username) = &arguments.username else {
        end(Target::Everybody, None, context, installation).await?;
        let value = json!({ "username": null, "all": true, "signed_out": true });
        return Ok(context.output.show("Everybody is signed out everywhere", &value)?);
    };
    let (user, name) = (find(username, installation).await?.id, username.as_str());
    let which = match (arguments.device, arguments.others_than) {
        (Some(sid), _) => Some(Which::One(sid)),
        (None, Some(sid)) => Some(Which::OthersThan(sid)),
        (None, None) => None,
    };
    let Some(which) = which else {
        end(Target::User(user), Some(user), context, installation).await?;
        let value = json!({ "username": username, "all": false, "signed_out": true });
        return Ok(context.output.show(&format!("{name} is signed out everywhere"), &value)?);
    };
    let now = context.clock.now();
    let ended = devices::sign_out(&installation.db, user, which, By::Administrator, None, now).await?;
    let ended = ended.ok_or_else(|| Failure::refused(format!("{name} has no such sign-in open")))?;
    let value = json!({ "username": username, "all": false, "signed_out": true, "sessions": ended.sessions });
    let text = match ended.sessions.len() {
        1 => format!("{name} is signed out on 1 device"),
        many => format!("{name} is signed out on {many} devices"),
    };
    Ok(context.output.show(&text, &value)?)
}

async fn end(
    target: Target,
    user: Option<Uuid>,
    context: &Context,
    installation: &Installation,
) -> Result<(), Failure> {
    let about = About { user, ..About::default() };
    revoke(&installation.db, target, EndCause::Administrator, about, context.clock.now()).await?;
    Ok(())
}
