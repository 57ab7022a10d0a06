//! `login` and `logout`: being signed in at a server elsewhere from one command to the next.

use clap::Args;
use serde_json::json;

use super::{
    api::{Api, LoginFile, ServerFlags, on},
    failure::Failure,
    output::Output,
    whoami,
};
use crate::{
    admin_api::{NoPath, me::GetMe},
    clock::Clock,
};

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
}

pub(super) async fn log_in(command: &Command, clock: &Clock, output: Output) -> Result<(), Failure> {
    let (server, path) = command.place.log_in(clock).await?;
    let (issuer, path) = (server.issuer().to_owned(), path.display().to_string());
    let me = Api::There(Box::new(server)).call(on::<GetMe>(NoPath::default())).await?.body;
    let text = format!("Signed in at {issuer}, until `logout`; kept in {path}\n{}", whoami::sentences(&me));
    let value =
        json!({ "server": issuer, "file": path, "principal": me.principal, "permissions": me.permissions });
    Ok(output.show(&text, &value)?)
}

/// The file goes in any case; where the server cannot be told, the operator learns of it.
pub(super) async fn log_out(command: &Command, output: Output) -> Result<(), Failure> {
    let named = command.place.server.as_deref().unwrap_or_default().trim_end_matches('/');
    let Some(kept) = LoginFile::load(named)? else {
        return Err(Failure::refused(format!("nobody is signed in at {named:?}")));
    };
    LoginFile::remove(named)?;
    if let Some((client, token)) = kept.refresh_token() {
        let told = async { command.place.provider().await?.revoke(client, token).await };
        told.await.map_err(|failure| {
            Failure::Failed(anyhow::anyhow!(
                "the login is removed here, but the server was not told: {failure}"
            ))
        })?;
    }
    let text = format!("Signed out at {named}");
    Ok(output.show(&text, &json!({ "server": named, "signed_out": true }))?)
}
