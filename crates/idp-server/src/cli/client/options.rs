//! What a client may register beyond signing people in: where it is told that a session ended, and the key that its
//! ID tokens are encrypted for. The same for `client add` and `client set`.

use std::{net::IpAddr, path::PathBuf};

use clap::Args;
use idp_core::{
    backchannel::{BackchannelLogout, BackchannelLogoutUri},
    client::Client,
    key::EncryptionKey,
};
use url::{Host, Url};

use crate::{cli::failure::Failure, config::Config, outgoing::Reach};

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
}

impl Options {
    pub(super) const fn is_empty(&self) -> bool {
        self.backchannel_logout_uri.is_none() && self.id_token_encryption_key.is_none()
    }

    /// The client with what was given; the rest stays.
    pub(super) fn apply(self, client: Client, config: &Config) -> Result<Client, Failure> {
        let mut client = client;
        if let Some(uri) = self.backchannel_logout_uri {
            check_reach(&uri, config)?;
            let session_required = self.backchannel_logout_session_required;
            client.backchannel_logout = Some(BackchannelLogout { uri, session_required });
        }
        if let Some(path) = self.id_token_encryption_key {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| Failure::refused(format!("{} cannot be read: {error}", path.display())))?;
            client.id_token_encryption_key = Some(EncryptionKey::parse(&text).map_err(Failure::refused)?);
        }
        Ok(client)
    }
}

/// What would never be connected to is refused now, as far as it shows in the address itself.
fn check_reach(uri: &BackchannelLogoutUri, config: &Config) -> Result<(), Failure> {
    let url = Url::parse(uri.as_str()).map_err(Failure::refused)?;
    let address: IpAddr = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        _ => return Ok(()),
    };
    if uri.is_local() || Reach::new(&config.backchannel.allow_networks).includes(address) {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "{address} is not public; name its network in backchannel.allow_networks first"
    )))
}
