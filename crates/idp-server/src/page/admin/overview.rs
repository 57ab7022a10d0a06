//! The overview: what needs attention, and pictures of what goes on.

use askama::Template;
use idp_core::discovery::path;

use super::picture::{Bar, TimeChart};
use super::{AdminNav, AdminRoom, KeyLine, KeyStanding};
use crate::page::{DisplayText, Layout, Message, Page, Part, RelativeTime, Value};

/// Shows what needs attention, and what goes on.
#[derive(Debug, Template)]
#[template(path = "admin/overview.html")]
pub struct AdminOverviewPage {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// The account in use.
    pub account: DisplayText,
    /// What needs attention.
    pub attention: Vec<Attention>,
    /// Sign-ins and refusals over time, if the person may see them.
    pub sign_ins: Option<SignInPicture>,
    /// The sites with the most sign-ins, likewise.
    pub sites: Option<SitePicture>,
    /// The signing keys, likewise, and where the present is.
    pub keys: Option<(Vec<KeyLine>, i64)>,
    /// What the sites have not been told yet, likewise.
    pub deliveries: Option<DeliveryPicture>,
}

/// Sign-ins and refusals over time.
#[derive(Clone, Debug)]
pub struct SignInPicture {
    /// The hours of a day, or the days of a month.
    pub chart: TimeChart,
    /// Whether it is a month.
    pub is_month: bool,
}

/// What sites hold.
#[derive(Clone, Debug)]
pub struct SitePicture {
    /// Each site, those with the most first.
    pub bars: Vec<Bar>,
    /// When it was counted.
    pub counted: Option<RelativeTime>,
}

/// What is on its way to sites.
#[derive(Clone, Debug)]
pub struct DeliveryPicture {
    /// Sign-outs that a site has not confirmed.
    pub waiting: Vec<Bar>,
    /// Entries of the revocation log that a site has not confirmed.
    pub behind: Vec<Bar>,
}

/// What needs attention, with how many there are.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Attention {
    /// The administrator signs in with one factor.
    OneFactor,
    /// No key waits to take the place of the one that signs.
    NoNextKey,
    /// The next key takes over in so many hours.
    KeyRotatesSoon(usize),
    /// Letters were given up.
    MailsGivenUp(usize),
    /// Clients were not reached, which have to end sessions.
    ClientsNotTold(usize),
    /// Clients will not be told that sessions ended.
    SignOutsGivenUp(usize),
    /// Sites do not follow the feed.
    FollowersAway(usize),
    /// Sites follow the feed and do not confirm it.
    SitesStale(usize),
    /// The webhook takes no events of the audit log.
    AuditWebhookFails {
        /// Since when.
        since: RelativeTime,
        /// Why, in words of the server.
        reason: DisplayText,
    },
}

impl Attention {
    fn message(&self, layout: &Layout) -> Message<'_> {
        let counted = |id: &str, count: &usize| layout.message(id, &[("count", Value::Count(*count))]);
        match self {
            Self::OneFactor => layout.message("admin-attention-factor", &[]),
            Self::NoNextKey => layout.message("admin-attention-key", &[]),
            Self::KeyRotatesSoon(hours) => counted("admin-attention-rotation", hours),
            Self::MailsGivenUp(count) => counted("admin-attention-mails", count),
            Self::ClientsNotTold(count) => counted("admin-attention-clients", count),
            Self::SignOutsGivenUp(count) => counted("admin-attention-given-up", count),
            Self::FollowersAway(count) => counted("admin-attention-followers", count),
            Self::SitesStale(count) => counted("admin-attention-stale", count),
            Self::AuditWebhookFails { since, reason } => {
                let values = [("time", Value::Time(*since)), ("reason", Value::Name(reason))];
                layout.message("admin-attention-webhook", &values)
            }
        }
    }

    /// Where something is done about it: a page of ours, and what it is called.
    fn way(&self) -> (String, &'static str) {
        let given_up = |path: &str| format!("{path}?state=given_up");
        match self {
            Self::OneFactor => (path::METHODS.to_owned(), "methods-title"),
            Self::NoNextKey | Self::KeyRotatesSoon(_) => (path::ADMIN_KEYS.to_owned(), "admin-keys-title"),
            Self::MailsGivenUp(_) => (given_up(path::ADMIN_MAILS), "admin-deliveries-mails"),
            Self::ClientsNotTold(_) => {
                (format!("{}?state=pending", path::ADMIN_DELIVERIES), "admin-deliveries-logout")
            }
            Self::SignOutsGivenUp(_) => (given_up(path::ADMIN_DELIVERIES), "admin-deliveries-logout"),
            Self::FollowersAway(_) | Self::SitesStale(_) => {
                (path::ADMIN_FEED.to_owned(), "admin-deliveries-feed")
            }
            Self::AuditWebhookFails { .. } => (path::ADMIN_AUDIT.to_owned(), "admin-audit-title"),
        }
    }
}

impl Page for AdminOverviewPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminOverviewPage {
    fn other_rooms(&self) -> impl Iterator<Item = &AdminRoom> {
        self.nav.rooms.iter().filter(|room| **room != self.nav.here)
    }

    /// The picture of sign-ins in a sentence.
    fn summary(&self, picture: &SignInPicture) -> Message<'static> {
        let (accepted, refused) = picture.chart.sums();
        let count = |count: u64| Value::Count(usize::try_from(count).unwrap_or(usize::MAX));
        let id = if picture.is_month { "admin-picture-month" } else { "admin-picture-day" };
        self.layout.message(id, &[("accepted", count(accepted)), ("refused", count(refused))])
    }

    fn title_of(&self, key: &KeyLine) -> &'static str {
        match key.standing {
            KeyStanding::Next => "admin-key-next",
            KeyStanding::Active => "admin-key-active",
            KeyStanding::Retired => "admin-key-retired",
        }
    }

    fn counted(&self, time: &RelativeTime) -> Message<'static> {
        self.layout.message("admin-picture-counted", &[("time", Value::Time(*time))])
    }
}
