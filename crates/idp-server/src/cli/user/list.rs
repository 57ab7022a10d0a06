//! `user list`.

use idp_core::user::{User, UserStatus};

use super::value;
use crate::{
    cli::{Context, failure::Failure},
    directory::Directory,
};

pub(super) async fn run(context: &Context, directory: Directory<'_>) -> Result<(), Failure> {
    let users = directory.store.users().await?;
    let rows: Vec<_> = users.iter().map(row).collect();
    let values: Vec<_> = users.iter().map(value).collect();
    Ok(context.output.table(&["username", "status", "name", "id"], &rows, &values)?)
}

fn row(user: &User) -> Vec<String> {
    let name = user.claims.name.clone().unwrap_or_default();
    vec![user.username.as_str().to_owned(), word(user.status).to_owned(), name, user.id.to_string()]
}

fn word(status: UserStatus) -> &'static str {
    match status {
        UserStatus::Active => "active",
        UserStatus::Disabled => "disabled",
    }
}
