//! What happened with a person's account, from the audit log.

use askama::Template;

use super::super::AdminNav;
use super::PersonEvent;
use crate::page::{DisplayText, Layout, Page, Part};

/// Shows it, the last first.
#[derive(Debug, Template)]
#[template(path = "admin/people/activity.html")]
pub struct AdminPersonActivityPage {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Who.
    pub person: DisplayText,
    /// What happened.
    pub entries: Vec<PersonEvent>,
    /// Where the next page goes on, a path of ours and its query.
    pub older: Option<String>,
    /// Where it begins, unless this is it.
    pub newest: Option<String>,
    /// Their page.
    pub back: String,
}

impl Page for AdminPersonActivityPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}
