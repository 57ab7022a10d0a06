//! `user show`: the account, what sites may be told of the person, and the second steps of signing in.

use idp_core::totp::TotpCredential;
use idp_core::user::User;
use serde_json::{Value, json};

use super::{Name, value};
use crate::{
    cli::{Context, failure::Failure, output::lines},
    directory::Directory,
};

pub(super) async fn run(name: Name, context: &Context, directory: Directory<'_>) -> Result<(), Failure> {
    let user = directory.user(&name.username).await?;
    let apps = directory.authenticator_apps(&user).await?;
    let mut value = value(&user);
    if let Value::Object(members) = &mut value {
        members.insert("methods".to_owned(), apps.iter().map(method).collect());
    }
    Ok(context.output.show(&lines(&value), &value)?)
}

pub(super) fn show(user: &User, context: &Context) -> Result<(), Failure> {
    let value = value(user);
    Ok(context.output.show(&lines(&value), &value)?)
}

fn method(app: &TotpCredential) -> Value {
    json!({
        "id": app.id,
        "kind": "totp",
        "name": app.name,
        "created_at": app.created_at,
        "last_used_at": app.last_used_at,
    })
}
