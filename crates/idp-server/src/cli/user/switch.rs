//! `user disable` and `user enable`.

use idp_core::{user::UserStatus, username::Username};
use serde_json::json;

use super::Confirmed;
use crate::{
    cli::{Context, failure::Failure},
    directory::Administration,
};

pub(super) async fn disable(
    whom: Confirmed,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let consequence = "all of that ends, and they cannot sign in until `user enable`";
    whom.ask(consequence, context, directory).await?;
    let username = &whom.name.username;
    directory.disable_user(username, context.clock.now()).await?;
    let username = username.as_str();
    let value = json!({ "username": username, "status": UserStatus::Disabled });
    Ok(context.output.show(&format!("{username} is disabled and signed out everywhere"), &value)?)
}

/// What was issued before stays void: being let in again is not getting back what was taken.
pub(super) async fn enable(
    username: &Username,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    directory.enable_user(username, context.clock.now()).await?;
    let username = username.as_str();
    let value = json!({ "username": username, "status": UserStatus::Active });
    Ok(context.output.show(&format!("{username} can sign in again"), &value)?)
}
