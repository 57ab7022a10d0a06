//! `user disable` and `user enable`.

use idp_core::{session::EndCause, user::UserStatus, username::Username};
use serde_json::json;

use super::find;
use crate::{
    cli::{Context, failure::Failure},
    db::{
        audit_events::{self, About, Event},
        users,
    },
    installation::Installation,
    store::revoke::{Target, revoke},
};

pub(super) async fn disable(
    username: Username,
    context: &Context,
    installation: &Installation,
) -> Result<(), Failure> {
    let user = find(&username, installation).await?;
    let about = About { user: Some(user.id), ..About::default() };
    let target = Target::DisabledUser(user.id);
    revoke(&installation.db, target, EndCause::UserDisabled, about, context.clock.now()).await?;
    let username = username.as_str();
    let value = json!({ "username": username, "status": UserStatus::Disabled });
    Ok(context.output.show(&format!("{username} is disabled and signed out everywhere"), &value)?)
}

/// What was issued before stays void: being let in again is not getting back what was taken.
pub(super) async fn enable(
    username: Username,
    context: &Context,
    installation: &Installation,
) -> Result<(), Failure> {
    let now = context.clock.now();
    let user = find(&username, installation).await?;
    let enabled = installation.db.write(move |connection| {
        users::set_status(connection, user.id, UserStatus::Active, now)?;
        let about = About { user: Some(user.id), ..About::default() };
        audit_events::record(connection, Event::UserEnabled, about, now)
    });
    enabled.await?;
    let username = username.as_str();
    let value = json!({ "username": username, "status": UserStatus::Active });
    Ok(context.output.show(&format!("{username} can sign in again"), &value)?)
}
