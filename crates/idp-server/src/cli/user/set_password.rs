//! `user set-password`: whoever sets a new password may do so because the old one leaked, so everything that the old one
//! began ends with it.

use clap::Args;
use idp_core::session::EndCause;
use serde_json::json;

use super::{Name, NewPassword, find};
use crate::{
    cli::{Context, failure::Failure},
    db::audit_events::About,
    installation::Installation,
    store::revoke::{Target, revoke},
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    name: Name,
    #[command(flatten)]
    password: NewPassword,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    installation: &Installation,
) -> Result<(), Failure> {
    let username = arguments.name.username;
    let user = find(&username, installation).await?;
    let known = |claim: &Option<String>| claim.clone().unwrap_or_default();
    let (name, email) = (known(&user.claims.name), known(&user.claims.email));
    let chosen = arguments.password.choose(context, &[username.as_str(), &name, &email])?;
    let target = Target::Password { user: user.id, hash: chosen.hash.clone() };
    let about = About { user: Some(user.id), ..About::default() };
    revoke(&installation.db, target, EndCause::PasswordChanged, about, context.clock.now()).await?;
    let username = username.as_str();
    let text = format!("{username} has a new password and is signed out everywhere{}", chosen.sentence());
    let password = chosen.generated.as_ref().map(|password| password.as_str());
    Ok(context.output.show(&text, &json!({ "username": username, "password": password }))?)
}
