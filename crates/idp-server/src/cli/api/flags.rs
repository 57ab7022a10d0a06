//! The flags that lead a command to a server elsewhere, and whom it is there: a client by its secret, a person by the login
//! that is kept, or by one for this command alone.

use std::{
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
};

use clap::Args;
use idp_core::administration::Permissions;
use zeroize::Zeroizing;

use super::{LoginFile, Provider, Server, tokens::Tokens};
use crate::{
    cli::{failure::Failure, secret_input},
    clock::Clock,
    secret_file,
};

/// The client that people sign in by unless another is named.
const USUAL_CLIENT: &str = "idp-cli";

/// Which server, and whom to be there.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "On a server elsewhere")]
pub(in crate::cli) struct ServerFlags {
    /// Works on this server, by its API, instead of on the database at hand: its issuer, such as https://id.example.com
    #[arg(long, global = true, value_name = "URL")]
    pub(in crate::cli) server: Option<String>,
    /// The client that you sign in by [default: idp-cli], or that acts itself with --credentials
    #[arg(long, global = true, value_name = "ID")]
    client_id: Option<String>,
    /// A private file with the secret of that client, or - for standard input; it then acts itself, and no browser is asked
    #[arg(long, global = true, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Asks for no more than these permissions [default: all there are, or all that the client has with --credentials]
    #[arg(long, global = true, value_name = "PERMISSIONS", value_parser = permissions)]
    only: Option<Permissions>,
    /// Certificates (PEM) of an authority that the system does not know
    #[arg(long, global = true, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

fn permissions(text: &str) -> Result<Permissions, String> {
    let words: Vec<String> =
        text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    Permissions::try_from(words).map_err(|error| error.to_string())
}

impl ServerFlags {
    /// The named server as its API.
    ///
    /// # Errors
    /// [`Failure`] when there is no such server, or nobody is signed in there.
    pub(in crate::cli) async fn server(&self, clock: &Clock) -> Result<Server, Failure> {
        let provider = self.provider().await?;
        let token = match &self.credentials {
            Some(file) => self.token_of_client(file, &provider, clock).await?,
            None => self.token_of_person(&provider, clock).await?,
        };
        Ok(Server::new(provider, token))
    }

    /// The named provider.
    ///
    /// # Errors
    /// [`Failure`] when there is none, or the flags do not name one.
    pub(in crate::cli) async fn provider(&self) -> Result<Provider, Failure> {
        let server = self.server.as_deref().ok_or_else(|| Failure::refused("name a server with --server"))?;
        Provider::at(server, self.ca_file.as_deref()).await
    }

    /// That none of the flags that go with a server stands alone.
    ///
    /// # Errors
    /// [`Failure::Refused`] when one does.
    pub(in crate::cli) fn require_none(&self) -> Result<(), Failure> {
        let lonely = [
            ("--client-id", self.client_id.is_some()),
            ("--credentials", self.credentials.is_some()),
            ("--only", self.only.is_some()),
            ("--ca-file", self.ca_file.is_some()),
        ];
        match lonely.into_iter().find(|(_, is_there)| *is_there) {
            Some((flag, _)) => Err(Failure::refused(format!("{flag} goes with --server, and there is none"))),
            None => Ok(()),
        }
    }

    /// Signs a person in by browser and keeps the login. Answers where.
    ///
    /// # Errors
    /// As [`ServerFlags::server`].
    pub(in crate::cli) async fn log_in(&self, clock: &Clock) -> Result<(Server, PathBuf), Failure> {
        if self.credentials.is_some() {
            return Err(Failure::refused(
                "--credentials: a client does not sign in; give it with each command",
            ));
        }
        let provider = self.provider().await?;
        let tokens = self.by_browser(&provider, clock).await?;
        let path = LoginFile::of(&provider.issuer, self.client(), &tokens).save()?;
        Ok((Server::new(provider, tokens.access_token), path))
    }

    fn client(&self) -> &str {
        self.client_id.as_deref().unwrap_or(USUAL_CLIENT)
    }

    async fn token_of_client(
        &self,
        file: &Path,
        provider: &Provider,
        clock: &Clock,
    ) -> Result<Zeroizing<String>, Failure> {
        let id = self.client_id.as_deref();
        let id = id.ok_or_else(|| Failure::refused("--credentials: say whose they are with --client-id"))?;
        let secret = match file.as_os_str() == "-" {
            true => secret_input::client_secret()?,
            false => first_line(&secret_file::read(file).map_err(anyhow::Error::from)?)?,
        };
        let only = self.only.map(|only| only.to_string());
        Ok(provider.token_of_client(id, &secret, only.as_deref(), clock.now()).await?.access_token)
    }

    async fn token_of_person(
        &self,
        provider: &Provider,
        clock: &Clock,
    ) -> Result<Zeroizing<String>, Failure> {
        let kept = LoginFile::load(&provider.issuer)?;
        let is_meant = |kept: &LoginFile| self.client_id.as_ref().is_none_or(|id| *id == kept.client_id);
        if let (Some(kept), None) = (kept.filter(is_meant), self.only) {
            return token_of_login(&kept, provider, clock).await;
        }
        if !io::stderr().is_terminal() {
            let login = format!("idp-server login --server {}", provider.issuer);
            return Err(Failure::refused(format!(
                "nobody is signed in: run `{login}`, or give --credentials"
            )));
        }
        Ok(self.by_browser(provider, clock).await?.access_token)
    }

    async fn by_browser(&self, provider: &Provider, clock: &Clock) -> Result<Tokens, Failure> {
        let scope = format!("openid {}", self.only.unwrap_or_else(Permissions::all));
        provider.sign_in_by_browser(self.client(), &scope, || clock.now()).await
    }
}

/// The access token of the login that is kept, or the next one.
async fn token_of_login(
    kept: &LoginFile,
    provider: &Provider,
    clock: &Clock,
) -> Result<Zeroizing<String>, Failure> {
    if Tokens::is_fresh(kept.expires_at(), clock.now()) {
        return Ok(Zeroizing::new(kept.access_token.clone()));
    }
    let again = format!("sign in again with `idp-server login --server {}`", provider.issuer);
    let Some((client, refresh_token)) = kept.refresh_token() else {
        return Err(Failure::refused(format!("the login has expired; {again}")));
    };
    let tokens =
        provider.refresh(client, refresh_token, clock.now()).await.map_err(|failure| match failure {
            Failure::Refused(why) => Failure::Refused(format!("{why}; {again}")),
            other => other,
        })?;
    LoginFile::of(&provider.issuer, client, &tokens).save()?;
    Ok(tokens.access_token)
}

/// The first line of a file with a secret.
fn first_line(bytes: &[u8]) -> Result<Zeroizing<String>, Failure> {
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let text = std::str::from_utf8(line).map_err(|_| Failure::refused("--credentials: it is not text"))?;
    Ok(Zeroizing::new(text.to_owned()))
}
