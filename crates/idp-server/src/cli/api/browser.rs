//! Signing in by browser: the authorization code flow of a native application, with PKCE and a redirect to this machine
//! (RFC 8252, RFC 7636).

use std::{
    io::{self, Write as _},
    process::{Command, Stdio},
};

use anyhow::Context as _;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use idp_core::time::UnixTime;
use rand_core::RngCore as _;
use url::Url;
use zeroize::Zeroizing;

use super::{
    loopback::{Expected, Loopback},
    provider::Provider,
    tokens::Tokens,
};
use crate::{cli::failure::Failure, random};

impl Provider {
    /// Has a person sign in at the provider, and answers their tokens.
    ///
    /// # Errors
    /// [`Failure::Refused`] when they do not, or the client may not have what is asked for.
    pub(super) async fn sign_in_by_browser(
        &self,
        client: &str,
        scope: &str,
        now: impl Fn() -> UnixTime,
    ) -> Result<Tokens, Failure> {
        let loopback = Loopback::open().await.context("no port of this machine can be listened at")?;
        let redirect_uri = loopback.redirect_uri().to_owned();
        let (state, verifier) = (unguessable(), unguessable());
        let address = self.authorization_request(client, scope, &redirect_uri, &state, &verifier);
        tell(&address)?;
        let expected = Expected { state: &state, issuer: &self.issuer };
        let code = Zeroizing::new(loopback.code(&expected).await?);
        self.redeem(client, &code, &verifier, &redirect_uri, now()).await
    }

    fn authorization_request(
        &self,
        client: &str,
        scope: &str,
        redirect_uri: &str,
        state: &str,
        verifier: &str,
    ) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let mut address = self.authorization_endpoint.clone();
        address.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", redirect_uri),
            ("scope", scope),
            ("state", state),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        address
    }
}

/// 256 random bits.
pub(in crate::cli) fn unguessable() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 32]);
    random::rng().fill_bytes(bytes.as_mut_slice());
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

/// Opens the browser where there is one, and says the address in any case.
fn tell(address: &Url) -> io::Result<()> {
    let mut terminal = io::stderr().lock();
    writeln!(
        terminal,
        "Sign in with a browser at this address:\n\n{address}\n\nIf that browser runs on another machine, it will end at an \
         address that it cannot open; paste that one here."
    )?;
    open(address);
    Ok(())
}

/// What fails here is done by hand.
fn open(address: &Url) {
    let has_screen = ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(|name| std::env::var_os(name).is_some());
    let program = match std::env::consts::OS {
        "macos" => "open",
        _ if has_screen => "xdg-open",
        _ => return,
    };
    let silent = Command::new(program)
        .arg(address.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    drop(silent);
}
