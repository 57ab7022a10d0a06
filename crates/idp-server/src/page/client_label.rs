//! How a client is shown: its name, the host the person will return to, and a monogram. A page of
//! ours asks no other origin for anything, so a registered logo is never loaded from its address.

use super::DisplayText;
use idp_core::client::Client;
use url::Url;

/// Number of monogram colours in the stylesheet (`tone-0` and on).
const TONES: usize = 6;

/// A client as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientLabel {
    /// The registered name, or the host or `client_id` where there is none.
    pub name: DisplayText,
    /// The host of the redirect URI of this request, so that a borrowed name can be seen through.
    pub host: Option<DisplayText>,
}

impl ClientLabel {
    /// The label of a client called `name` that the person will leave to at `host`. A client
    /// without a visible name is called by its host.
    #[must_use]
    pub fn new(name: &str, host: Option<&str>) -> Self {
        let host = host.map(DisplayText::name).filter(|host| !host.is_empty());
        let name = DisplayText::name(name);
        match host {
            Some(host) if name.is_empty() => Self { name: host, host: None },
            host => Self { name, host },
        }
    }

    /// The label of a client, for a person who will go on to `redirect_uri`.
    #[must_use]
    pub fn of(client: &Client, redirect_uri: Option<&str>) -> Self {
        let url = redirect_uri.and_then(|uri| Url::parse(uri).ok());
        let host = url.as_ref().and_then(|url| {
            let host = url.host_str()?;
            Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
        });
        Self::new(&client.metadata.name, host.as_deref())
    }

    /// The letter in the tile.
    #[must_use]
    pub fn monogram(&self) -> String {
        self.name.initial().unwrap_or_else(|| "•".to_owned())
    }

    /// The tile's colour, the same each time for the same name.
    #[must_use]
    pub fn tone(&self) -> usize {
        let sum: usize = self.name.as_str().bytes().map(usize::from).sum();
        sum % TONES
    }
}
