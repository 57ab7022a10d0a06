//! What a client may register beyond signing people in: where it is told that a session ended, the key that its ID tokens
//! are encrypted for, and whether it may follow the revocation feed. The same for `client add` and `client set`.

use std::path::{Path, PathBuf};

use clap::Args;
use idp_core::{
    backchannel::{BackchannelLogout, BackchannelLogoutUri},
    client::Client,
    key::EncryptionKey,
};

use crate::cli::failure::Failure;

#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// Where the site is told that a session ended (OpenID Connect Back-Channel Logout)
    #[arg(long, value_name = "URI", value_parser = BackchannelLogoutUri::parse)]
    backchannel_logout_uri: Option<BackchannelLogoutUri>,
    /// The site cannot do without the id of the session (sid), which it always gets
    #[arg(long, requires = "backchannel_logout_uri")]
    backchannel_logout_session_required: bool,
    /// A file with the site's public RSA key, as JWK or PEM: its ID tokens are then encrypted (RSA-OAEP-256, A256GCM)
    #[arg(long, value_name = "FILE")]
    id_token_encryption_key: Option<PathBuf>,
    /// The site may follow the revocation feed
    #[arg(long)]
    pub(super) feed: bool,
}

impl Options {
    pub(super) const fn is_empty(&self) -> bool {
        self.backchannel_logout_uri.is_none() && self.id_token_encryption_key.is_none() && !self.feed
    }

    /// The client with what was given; the rest stays.
    pub(super) fn apply(&self, client: Client) -> Result<Client, Failure> {
        let backchannel_logout = self.backchannel_logout().or(client.backchannel_logout);
        let id_token_encryption_key = self.encryption_key()?.or(client.id_token_encryption_key);
        let follows_feed = self.feed || client.follows_feed;
        Ok(Client { backchannel_logout, id_token_encryption_key, follows_feed, ..client })
    }

    pub(super) fn backchannel_logout(&self) -> Option<BackchannelLogout> {
        let session_required = self.backchannel_logout_session_required;
        self.backchannel_logout_uri.clone().map(|uri| BackchannelLogout { uri, session_required })
    }

    pub(super) fn encryption_key(&self) -> Result<Option<EncryptionKey>, Failure> {
        let Some(path) = &self.id_token_encryption_key else {
            return Ok(None);
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| refuse_key(path, &format!("cannot be read: {error}")))?;
        EncryptionKey::parse(&text).map(Some).map_err(|error| refuse_key(path, &error.to_string()))
    }
}

fn refuse_key(path: &Path, problem: &str) -> Failure {
    Failure::refused(format!("--id-token-encryption-key {}: {problem}", path.display()))
}
