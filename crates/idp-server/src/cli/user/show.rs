//! `user show`: the account with its addresses, and what sites may be told of the person.

use idp_core::user::Account;

use super::{Name, account_value};
use crate::{
    cli::{Context, failure::Failure, output::lines},
    directory::Directory,
};

pub(super) async fn run(name: Name, context: &Context, directory: Directory<'_>) -> Result<(), Failure> {
    show(&directory.account(&name.username).await?, context)
}

pub(super) fn show(account: &Account, context: &Context) -> Result<(), Failure> {
    let value = account_value(account);
    Ok(context.output.show(&lines(&value), &value)?)
}
