//! `user reset-methods`: for a person who lost the phone with their codes.

use idp_core::username::Username;
use serde_json::json;

use crate::{
    cli::{Context, failure::Failure},
    directory::Administration,
};

pub(super) async fn run(
    username: &Username,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let had_some = directory.reset_methods(username, context.clock.now()).await?;
    let name = username.as_str();
    let text = match had_some {
        true => format!("{name} signs in with the password alone, and is signed out everywhere"),
        false => format!("{name} has no second step of signing in; nothing was changed"),
    };
    Ok(context.output.show(&text, &json!({ "username": username, "reset": had_some }))?)
}
