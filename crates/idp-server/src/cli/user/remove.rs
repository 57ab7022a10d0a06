//! `user remove`: there is no way back.

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
    let consequence = "all of that ends, and the account is removed for good; `user disable` would keep it";
    whom.ask(consequence, context, directory).await?;
    let username = &whom.name.username;
    let user = directory.remove_user(username, context.clock.now()).await?;
    let value = json!({ "id": user.id, "username": username, "removed": true });
    let text = format!("Removed {} ({}), who is signed out everywhere", username.as_str(), user.id);
    Ok(context.output.show(&text, &value)?)
}
