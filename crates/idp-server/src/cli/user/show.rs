//! `user show`: the account, and what sites may be told of the person.

use idp_core::user::User;

use super::{Name, value};
use crate::{
    cli::{Context, failure::Failure, output::lines},
    directory::Directory,
};

pub(super) async fn run(name: Name, context: &Context, directory: Directory<'_>) -> Result<(), Failure> {
    show(&directory.user(&name.username).await?, context)
}

pub(super) fn show(user: &User, context: &Context) -> Result<(), Failure> {
    let value = value(user);
    Ok(context.output.show(&lines(&value), &value)?)
}
