//! `user add`.

use clap::Args;
use idp_core::{user::StandardClaims, username::Username};
use serde_json::json;

use super::NewPassword;
use crate::{
    cli::{Context, failure::Failure, standard_claims},
    directory::{Directory, users::NewUser},
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// The sign-in name
    #[arg(value_parser = Username::parse)]
    username: Username,
    /// The name that sites are told
    #[arg(long)]
    name: Option<String>,
    /// The e-mail address that sites are told, as not verified
    #[arg(long)]
    email: Option<String>,
    /// More claims of OpenID Connect Core 5.1 as a JSON object, such as '{"locale":"de"}'
    #[arg(long, value_name = "JSON", value_parser = standard_claims::parse)]
    claims: Option<StandardClaims>,
    #[command(flatten)]
    password: NewPassword,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Directory<'_>,
) -> Result<(), Failure> {
    let mut claims = arguments.claims.unwrap_or_default();
    claims.name = arguments.name.or(claims.name);
    if arguments.email.is_some() {
        claims.email = arguments.email;
        claims.email_verified = Some(false);
    }
    let chosen = arguments.password.choose()?;
    let new = NewUser { username: arguments.username, claims, password: chosen.password.clone() };
    let user = directory.add_user(new, context.clock.now()).await?;
    let (id, username) = (user.id, user.username.as_str());
    let text = format!("Added {username} ({id}){}", chosen.sentence());
    let value = json!({ "id": id, "username": username, "password": chosen.generated() });
    Ok(context.output.show(&text, &value)?)
}
