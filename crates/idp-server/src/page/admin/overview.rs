//! The overview: what needs attention.

use askama::Template;
use idp_core::discovery::path;

use super::{AdminNav, AdminRoom};
use crate::page::{DisplayText, Layout, Message, Page, Part, Value};

/// Shows what needs attention.
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
}

/// What needs attention, with how many there are.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Attention {
    /// The administrator signs in with one factor.
    OneFactor,
    /// No key waits to take the place of the one that signs.
    NoNextKey,
    /// Letters were given up.
    MailsGivenUp(usize),
    /// Clients were not reached, which have to end sessions.
    ClientsNotTold(usize),
    /// Sites do not follow the feed.
    FollowersAway(usize),
}

impl Attention {
    fn message(self, layout: &Layout) -> Message<'static> {
        let counted = |id: &str, count| layout.message(id, &[("count", Value::Count(count))]);
        match self {
            Self::OneFactor => layout.message("admin-attention-factor", &[]),
            Self::NoNextKey => layout.message("admin-attention-key", &[]),
            Self::MailsGivenUp(count) => counted("admin-attention-mails", count),
            Self::ClientsNotTold(count) => counted("admin-attention-clients", count),
            Self::FollowersAway(count) => counted("admin-attention-followers", count),
        }
    }

    /// What to do: a page of ours with its words, or a command.
    const fn way(self) -> Result<(&'static str, &'static str), &'static str> {
        match self {
            Self::OneFactor => Ok((path::METHODS, "methods-title")),
            Self::NoNextKey => Err("idp-server keys list"),
            Self::MailsGivenUp(_) => Err("idp-server mail list"),
            Self::ClientsNotTold(_) | Self::FollowersAway(_) => Err("idp-server client list"),
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
}
