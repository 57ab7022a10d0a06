//! `user remove-method` and `user reset-methods`: for a person who lost the phone with their codes.

use clap::Args;
use serde_json::json;
use uuid::Uuid;

use super::Confirmed;
use crate::{
    admin_api::users::methods::{ListMethods, MethodPath, Methods, RemoveMethod, ResetMethods},
    cli::{
        api::{Api, on, seen},
        failure::Failure,
        output::Output,
    },
};

#[derive(Args, Debug)]
pub(super) struct Removal {
    #[command(flatten)]
    whom: Confirmed,
    /// The id of the app or passkey, as `user show` prints it
    method: Uuid,
}

pub(super) async fn remove(removal: &Removal, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let consequence =
        "all of that ends, and the app or passkey is removed; with the last one the recovery codes go";
    let person = removal.whom.find(consequence, api).await?;
    let method = removal.method;
    api.call(on::<RemoveMethod>(MethodPath { user: person.id, method })).await?;
    let text = format!("{} signs in without {method}, and is signed out everywhere", person.username);
    Ok(output.show(&text, &json!({ "username": person.username, "method": method, "removed": true }))?)
}

pub(super) async fn reset(whom: &Confirmed, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let consequence = "all of that ends, their apps, passkeys and recovery codes are removed, and the password alone signs them in";
    let person = whom.find(consequence, api).await?;
    let before = seen(api.call(on::<ListMethods>(person.path())).await)?;
    api.call(on::<ResetMethods>(person.path())).await?;
    let name = &person.username;
    let had_some = before.is_none_or(|before| has_second_step(&before.body));
    let text = match had_some {
        true => format!("{name} signs in with the password alone, and is signed out everywhere"),
        false => format!("{name} has no second step of signing in; nothing was changed"),
    };
    Ok(output.show(&text, &json!({ "username": name, "reset": had_some }))?)
}

const fn has_second_step(methods: &Methods) -> bool {
    !methods.second_factors.is_empty() || methods.recovery_codes_left > 0
}
