//! "Your sites": the sites that know the person, what each may see, and the buttons that disconnect one.

use askama::Template;
use idp_core::discovery::path;
use serde::{Deserialize, Serialize};

use super::{
    ClientLabel, DisplayText, FormSeal, Layout, Message, Page, Part, RelativeTime, ScopeLine, Value,
};

/// Shows the sites that know the person.
#[derive(Debug, Template)]
#[template(path = "sites.html")]
pub struct SitesPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the forms go and what binds them; one for all of them.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
    /// What was just disconnected from here.
    pub receipt: Option<SiteReceipt>,
    /// The sites, by name.
    pub sites: Vec<SiteLine>,
}

impl Page for SitesPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// A site that knows the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteLine {
    /// Its name and address.
    pub client: ClientLabel,
    /// Its id, for its button.
    pub id: String,
    /// What it may see, if it had to ask; a site of the organisation has not.
    pub scopes: Option<Vec<ScopeLine>>,
    /// Since when it knows the person.
    pub since: RelativeTime,
    /// How many devices are signed in there.
    pub devices: usize,
}

/// What pressing a button reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteReceipt {
    /// The name of the site.
    pub site: String,
    /// Whether a person was signed in there.
    pub was_in_use: bool,
    /// When the site confirmed that it refuses them, in milliseconds after the button was pressed.
    pub confirmed_after_ms: Option<u64>,
    /// After how many seconds the tokens that are out have expired.
    pub at_most: u64,
}

impl SitesPage<'_> {
    fn lead(&self) -> Message<'_> {
        self.layout.message("sites-lead", &[("account", Value::Name(&self.account))])
    }

    /// Whether there is one to disconnect.
    fn some_ask(&self) -> bool {
        self.sites.iter().any(|site| site.scopes.is_some())
    }

    fn belongs_to(&self) -> Message<'_> {
        self.layout.message("sites-first-party", &[("provider", Value::Name(&self.layout.provider))])
    }

    fn since(&self, site: &SiteLine) -> Message<'_> {
        self.layout.message("sites-since", &[("when", Value::Time(site.since))])
    }

    fn in_use(&self, site: &SiteLine) -> String {
        match site.devices {
            0 => self.layout.say("sites-signed-out").into_owned(),
            count => self.layout.language.say_with("sites-signed-in", &[("count", count.into())]),
        }
    }

    fn button(&self, site: &SiteLine) -> &'static str {
        if site.scopes.is_some() { "sites-disconnect" } else { "sites-sign-out" }
    }

    /// The button with the name of the site, for a person who hears the buttons one after another.
    fn label(&self, site: &SiteLine) -> String {
        let label = if site.scopes.is_some() { "sites-disconnect-label" } else { "sites-sign-out-label" };
        self.layout.language.say_with(label, &[("site", site.client.name.as_str().into())])
    }

    fn message_of<'s>(&self, scope: &'s ScopeLine) -> Message<'s> {
        scope.message(&self.layout)
    }

    fn receipt_of<'s>(&self, receipt: &'s SiteReceipt, name: &'s DisplayText) -> Message<'s> {
        let site = ("site", Value::Name(name));
        match receipt.confirmed_after_ms {
            _ if !receipt.was_in_use => self.layout.message("sites-done", &[site]),
            Some(milliseconds) => {
                let values = [site, ("milliseconds", Value::Words(milliseconds.to_string().into()))];
                self.layout.message("sites-done-confirmed", &values)
            }
            None => {
                let time = self.layout.language.waiting_time(receipt.at_most);
                self.layout.message("sites-done-later", &[site, ("time", Value::Words(time.into()))])
            }
        }
    }
}
