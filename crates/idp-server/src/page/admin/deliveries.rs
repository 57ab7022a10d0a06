//! What is on its way: logout tokens to sites, letters to people, and how far each site has come with the revocation feed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use idp_core::discovery::path;

use super::{AdminNav, AdminProblem, AdminReceipt, AuditLink};
use crate::page::{
    DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, RelativeTime, TypedText, Value, respond,
};

/// The lists, each at its place.
const TABS: [(&str, &str, &str); 3] = [
    ("deliveries-logout", path::ADMIN_DELIVERIES, "admin-deliveries-logout"),
    ("deliveries-mails", path::ADMIN_MAILS, "admin-deliveries-mails"),
    ("deliveries-feed", path::ADMIN_FEED, "admin-deliveries-feed"),
];

/// Lists logout tokens, or letters.
#[derive(Debug, Template)]
#[template(path = "admin/deliveries.html")]
pub struct AdminDeliveriesPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Which list it is, by its path.
    pub list: &'static str,
    /// What was done.
    pub receipt: Option<AdminReceipt>,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// The site that is asked for, where it is about sites.
    pub client: Option<TypedText>,
    /// The state that is asked for.
    pub state: Option<DeliveryState>,
    /// One after the other.
    pub lines: Vec<DeliveryLine>,
    /// The next page, a path of ours and its query.
    pub next: Option<String>,
    /// Where the form goes and what binds it, if the person may do something.
    pub seal: Option<FormSeal<'a>>,
}

/// A logout token, or a letter.
#[derive(Clone, Debug)]
pub struct DeliveryLine {
    /// Its id.
    pub id: DisplayText,
    /// To which site, or what it is about.
    pub what: DisplayText,
    /// The person, and where they are shown.
    pub person: Option<AuditLink>,
    /// What became of it.
    pub state: DeliveryState,
    /// When it was written.
    pub created: RelativeTime,
    /// How often it was tried.
    pub attempts: usize,
    /// Why the last try failed, in words of the server.
    pub error: Option<DisplayText>,
}

/// What became of a delivery.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum DeliveryState {
    /// It is tried, or will be.
    Pending,
    /// It arrived.
    Done,
    /// It is tried no more.
    GivenUp,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Done, Self::GivenUp];

    /// The word for it in the address of the page.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::GivenUp => "given_up",
        }
    }

    /// Reads it back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Pending => "admin-delivery-pending",
            Self::Done => "admin-delivery-done",
            Self::GivenUp => "admin-delivery-given-up",
        }
    }
}

impl Page for AdminDeliveriesPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminDeliveriesPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    fn is_here(&self, list: &str) -> bool {
        self.list == list
    }

    const fn is_of_sites(&self) -> bool {
        self.client.is_some()
    }

    fn heading(&self) -> &'static str {
        if self.is_of_sites() { "admin-deliveries-logout" } else { "admin-deliveries-mails" }
    }

    fn effect(&self) -> &'static str {
        if self.is_of_sites() { "admin-deliveries-logout-effect" } else { "admin-deliveries-mails-effect" }
    }

    fn facts_of(&self, line: &DeliveryLine) -> Message<'static> {
        let values = [("time", Value::Time(line.created)), ("count", Value::Count(line.attempts))];
        self.layout.message("admin-delivery-facts", &values)
    }

    fn label(&self, words: &str, line: &DeliveryLine) -> String {
        let values =
            [("link", self.layout.say(words).into_owned().into()), ("what", line.what.as_str().into())];
        self.layout.language.say_with("secure-not-me-label", &values)
    }
}

/// Lists who follows the feed.
#[derive(Debug, Template)]
#[template(path = "admin/feed.html")]
pub struct AdminFeedPage {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Which list it is, by its path.
    pub list: &'static str,
    /// Each process of a site.
    pub lines: Vec<FeedLine>,
    /// The next page, a path of ours and its query.
    pub next: Option<String>,
}

/// A process of a site.
#[derive(Clone, Debug)]
pub struct FeedLine {
    /// The site, by its id.
    pub client: DisplayText,
    /// What the process calls itself.
    pub instance: DisplayText,
    /// Whether it is taken for connected.
    pub is_connected: bool,
    /// How many entries of the log it has not confirmed.
    pub lag: usize,
    /// The same of a thousand, where the one that lags most has all.
    pub share: u64,
    /// When it confirmed the last.
    pub confirmed: Option<RelativeTime>,
}

impl FeedLine {
    pub(super) fn lag_in(&self, layout: &Layout) -> Message<'static> {
        match self.lag {
            0 => layout.message("admin-feed-up-to-date", &[]),
            lag => layout.message("admin-feed-behind", &[("count", Value::Count(lag))]),
        }
    }
}

impl Page for AdminFeedPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminFeedPage {
    fn is_here(&self, list: &str) -> bool {
        self.list == list
    }

    fn lag_of(&self, line: &FeedLine) -> Message<'static> {
        line.lag_in(&self.layout)
    }

    fn confirmed(&self, line: &FeedLine) -> Option<Message<'static>> {
        line.confirmed.map(|time| self.layout.message("admin-feed-confirmed", &[("time", Value::Time(time))]))
    }
}
