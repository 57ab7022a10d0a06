//! `user list`.

use clap::Args;

use crate::{
    admin_api::{
        NoPath,
        users::{
            User,
            list::{ListUsers, UsersQuery},
        },
    },
    cli::{api::Api, failure::Failure, output::Output},
};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Those alone whose names and addresses have words that begin like these, the closest first
    #[arg(value_name = "WORDS")]
    words: Option<String>,
    /// Only those who have no second factor: whom a rule that asks for one concerns
    #[arg(long)]
    without_second_factor: bool,
}

pub(super) async fn run(arguments: &Arguments, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let query = UsersQuery {
        q: arguments.words.clone(),
        without_second_factor: arguments.without_second_factor.then_some(true),
        ..UsersQuery::default()
    };
    let table = (&["username", "status", "name", "id"][..], row);
    api.print::<ListUsers, _>(NoPath::default, &query, table, output).await
}

fn row(user: &User) -> Vec<String> {
    let name = user.claims.get("name").and_then(|name| name.as_str()).unwrap_or_default();
    vec![user.username.clone(), user.status.as_str().to_owned(), name.to_owned(), user.id.to_string()]
}
