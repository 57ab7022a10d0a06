//! `user add`.

use clap::Args;
use idp_core::{
    user::{StandardClaims, User, UserStatus},
    username::Username,
};
use serde_json::json;

use super::NewPassword;
use crate::{
    chance,
    cli::{Context, failure::Failure},
    db::{
        DbError,
        audit_events::{self, About, Event},
        users,
    },
    installation::Installation,
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
    #[arg(long, value_name = "JSON", value_parser = claims)]
    claims: Option<StandardClaims>,
    #[command(flatten)]
    password: NewPassword,
}

fn claims(text: &str) -> Result<StandardClaims, serde_json::Error> {
    serde_json::from_str(text)
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    installation: &Installation,
) -> Result<(), Failure> {
    let now = context.clock.now();
    let mut claims = arguments.claims.unwrap_or_default();
    claims.name = arguments.name.or(claims.name);
    if arguments.email.is_some() {
        claims.email = arguments.email;
        claims.email_verified = Some(false);
    }
    claims.updated_at = Some(now.as_secs());
    let names = [
        arguments.username.as_str(),
        claims.name.as_deref().unwrap_or_default(),
        claims.email.as_deref().unwrap_or_default(),
    ];
    let chosen = arguments.password.choose(context, &names)?;
    let user = User {
        id: chance::new_id(now),
        username: arguments.username.clone(),
        status: UserStatus::Active,
        not_before: now,
        claims,
        created_at: now,
    };
    let (id, hash) = (user.id, chosen.hash.clone());
    let added = installation.db.write(move |connection| {
        users::insert(connection, &user, &hash)?;
        let about = About { user: Some(user.id), ..About::default() };
        audit_events::record(connection, Event::UserAdded, about, now)
    });
    let username = arguments.username.as_str();
    match added.await {
        Err(DbError::Exists) => return Err(Failure::refused(format!("user {username:?} exists already"))),
        added => added?,
    }
    let text = format!("Added {username} ({id}){}", chosen.sentence());
    let password = chosen.generated.as_ref().map(|password| password.as_str());
    Ok(context.output.show(&text, &json!({ "id": id, "username": username, "password": password }))?)
}
