//! How a client is shown: its name, its mark, the host the person will return to, and its own pages. A page of ours asks no
//! other origin for anything, so a logo is one that is stored here.

use super::{DisplayText, Layout, Message, Value};
use idp_core::client::{Client, ClientMetadata};
use idp_core::color::Color;
use idp_core::logo::LogoName;
use idp_core::web_link::WebLink;
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
    /// By what it is recognised.
    pub mark: Mark,
    /// Its own pages.
    pub links: ClientLinks,
}

/// The mark of a client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mark {
    /// The first letter of its name, in a colour of ours.
    #[default]
    Letter,
    /// The same in its own colour.
    Colored(Color),
    /// Its logo, by the address where we have it.
    Logo(String),
}

/// Pages of a client that people are shown links to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientLinks {
    /// Its home page.
    pub home: Option<WebLink>,
    /// Its privacy policy.
    pub policy: Option<WebLink>,
    /// Its terms of service.
    pub terms: Option<WebLink>,
}

impl ClientLabel {
    /// Where the logos of clients are.
    pub const LOGOS: &str = "/assets/clients";

    /// The label of a client called `name` that the person will leave to at `host`. A client
    /// without a visible name is called by its host.
    #[must_use]
    pub fn new(name: &str, host: Option<&str>) -> Self {
        let host = host.map(DisplayText::name).filter(|host| !host.is_empty());
        let name = DisplayText::name(name);
        let (name, host) = match host {
            Some(host) if name.is_empty() => (host, None),
            host => (name, host),
        };
        Self { name, host, mark: Mark::default(), links: ClientLinks::default() }
    }

    /// The label of a client, for a person who will go on to `redirect_uri`.
    #[must_use]
    pub fn of(client: &Client, redirect_uri: Option<&str>) -> Self {
        let url = redirect_uri.and_then(|uri| Url::parse(uri).ok());
        let host = url.as_ref().and_then(|url| {
            let host = url.host_str()?;
            Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
        });
        let metadata = &client.metadata;
        let mark = Mark::of(client.logo.as_ref(), metadata.color);
        Self { mark, links: ClientLinks::of(metadata), ..Self::new(&metadata.name, host.as_deref()) }
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

    /// Its own pages, with what the links are called.
    pub(super) fn links(&self, layout: &Layout) -> Vec<(&'static str, &WebLink, Message<'_>)> {
        let ClientLinks { home, policy, terms } = &self.links;
        let name = || [("client", Value::Name(&self.name))];
        let home = home.as_ref().map(|to| ("client-home", to, layout.message("client-home", &name())));
        let policy =
            policy.as_ref().map(|to| ("client-policy", to, layout.message("client-policy", &name())));
        let terms = terms.as_ref().map(|to| ("client-terms", to, layout.message("client-terms", &name())));
        [home, policy, terms].into_iter().flatten().collect()
    }
}

impl Mark {
    fn of(logo: Option<&LogoName>, color: Option<Color>) -> Self {
        match (logo, color) {
            (Some(logo), _) => Self::Logo(format!("{}/{logo}", ClientLabel::LOGOS)),
            (None, Some(color)) => Self::Colored(color),
            (None, None) => Self::Letter,
        }
    }
}

impl ClientLinks {
    /// Whether there is one.
    pub(super) const fn any(&self) -> bool {
        self.home.is_some() || self.policy.is_some() || self.terms.is_some()
    }

    fn of(metadata: &ClientMetadata) -> Self {
        let ClientMetadata { client_uri, policy_uri, tos_uri, .. } = metadata;
        Self { home: client_uri.clone(), policy: policy_uri.clone(), terms: tos_uri.clone() }
    }
}
