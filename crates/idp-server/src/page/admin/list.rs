//! Groups, roles, attributes or clients: a page of them by name.

use askama::Template;

use super::{AdminNav, AdminReceipt, AdminRoom};
use crate::page::{DisplayText, Layout, Page, Part, TypedText};

/// Lists them.
#[derive(Debug, Template)]
#[template(path = "admin/list.html")]
pub struct AdminListPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// What was done.
    pub receipt: Option<AdminReceipt>,
    /// What their names begin with; `None` where there are few.
    pub prefix: Option<TypedText>,
    /// One after the other.
    pub lines: Vec<AdminLine>,
    /// The next page, a path of ours and its query.
    pub next: Option<String>,
    /// Where one is made, if the person may.
    pub add: Option<&'a str>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct AdminLine {
    /// Where it is shown.
    pub href: String,
    /// What it is called.
    pub name: DisplayText,
    /// What it is for.
    pub description: DisplayText,
    /// Whether every installation has it.
    pub is_built_in: bool,
}

impl Page for AdminListPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminListPage<'_> {
    const fn add_words(&self) -> &'static str {
        match self.nav.here {
            AdminRoom::Roles => "admin-add-role-title",
            AdminRoom::Clients => "admin-add-client-title",
            AdminRoom::Attributes => "admin-add-attribute-title",
            _ => "admin-add-group-title",
        }
    }

    /// Whether fewer are shown than there may be.
    fn is_narrowed(&self) -> bool {
        self.prefix.as_ref().is_some_and(|prefix| !prefix.is_empty())
    }
}
