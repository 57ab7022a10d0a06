//! `user disable`, `user enable` and `user remove`, from which there is no way back.

use serde_json::json;

use super::{Confirmed, Name};
use crate::{
    admin_api::users::{
        Status,
        change::{DeleteUser, DisableUser, EnableUser},
    },
    cli::{
        api::{Api, on},
        failure::Failure,
        output::Output,
    },
};

pub(super) async fn disable(whom: &Confirmed, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let person = whom.find("all of that ends, and they cannot sign in until `user enable`", api).await?;
    api.call(on::<DisableUser>(person.path())).await?;
    let username = &person.username;
    let value = json!({ "username": username, "status": Status::Disabled });
    Ok(output.show(&format!("{username} is disabled and signed out everywhere"), &value)?)
}

/// What was issued before stays void: being let in again is not getting back what was taken.
pub(super) async fn enable(name: &Name, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let person = name.find(api).await?;
    api.call(on::<EnableUser>(person.path())).await?;
    let username = &person.username;
    let value = json!({ "username": username, "status": Status::Active });
    Ok(output.show(&format!("{username} can sign in again"), &value)?)
}

pub(super) async fn remove(whom: &Confirmed, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let consequence = "all of that ends, and the account is removed for good; `user disable` would keep it";
    let person = whom.find(consequence, api).await?;
    api.call(on::<DeleteUser>(person.path())).await?;
    let (id, username) = (person.id, &person.username);
    let value = json!({ "id": id, "username": username, "removed": true });
    Ok(output.show(&format!("Removed {username} ({id}), who is signed out everywhere"), &value)?)
}
