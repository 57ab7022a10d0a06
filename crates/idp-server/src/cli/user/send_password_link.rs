//! `user send-password-link`: for a person who forgot their password, or whose password may have leaked.

use serde_json::json;

use super::Name;
use crate::{
    cli::{Context, failure::Failure},
    directory::Administration,
};

pub(super) async fn run(
    name: &Name,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let username = &name.username;
    directory.send_password_link(username, context.clock.now()).await?;
    let text = format!("a link for a new password is on its way to {}", username.as_str());
    Ok(context.output.show(&text, &json!({ "username": username, "link": "sent" }))?)
}
