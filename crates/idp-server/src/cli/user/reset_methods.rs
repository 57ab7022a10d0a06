//! `user reset-methods`: for a person who lost the phone with their codes.

use serde_json::json;

use super::Confirmed;
use crate::{
    cli::{Context, failure::Failure},
    directory::Administration,
};

pub(super) async fn run(
    whom: Confirmed,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let consequence = "all of that ends, their apps, passkeys and recovery codes are removed, and the password alone signs them in";
    whom.ask(consequence, context, directory).await?;
    let username = &whom.name.username;
    let had_some = directory.reset_methods(username, context.clock.now()).await?;
    let name = username.as_str();
    let text = match had_some {
        true => format!("{name} signs in with the password alone, and is signed out everywhere"),
        false => format!("{name} has no second step of signing in; nothing was changed"),
    };
    Ok(context.output.show(&text, &json!({ "username": username, "reset": had_some }))?)
}
