//! `user list`.

use clap::Args;
use idp_core::user::User;

use super::value;
use crate::{
    cli::{Context, PAGE, failure::Failure},
    directory::Administration,
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// Only those who have no second factor: whom a rule that asks for one concerns
    #[arg(long)]
    without_second_factor: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let mut table = context.output.open_table(&["username", "status", "name", "id"]);
    let mut after = None;
    loop {
        let users = match arguments.without_second_factor {
            true => directory.store.users_without_second_factor_after(after, PAGE).await?,
            false => directory.store.users_after(after, PAGE).await?,
        };
        let Some(last) = users.last() else {
            return Ok(table.close()?);
        };
        after = Some(last.username.clone());
        let rows: Vec<_> = users.iter().map(row).collect();
        let values: Vec<_> = users.iter().map(value).collect();
        if !table.add(&rows, &values)? {
            // `| head` has seen enough.
            return Ok(());
        }
    }
}

fn row(user: &User) -> Vec<String> {
    let name = user.claims.name.clone().unwrap_or_default();
    vec![user.username.as_str().to_owned(), user.status.as_str().to_owned(), name, user.id.to_string()]
}
