//! A role, what it permits, and who has it.

use askama::Template;

use super::{AdminNav, AdminReceipt};
use crate::page::{DisplayText, Layout, Page, Part};

/// Shows it.
#[derive(Debug, Template)]
#[template(path = "admin/role.html")]
pub struct AdminRolePage {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// What was done.
    pub receipt: Option<AdminReceipt>,
    /// What it is called.
    pub name: DisplayText,
    /// What it is for.
    pub description: DisplayText,
    /// Whether every installation has it.
    pub is_built_in: bool,
    /// The ids of what it permits in words.
    pub permissions: Vec<&'static str>,
    /// Whether its holders must prove two factors.
    pub requires_second_factor: bool,
    /// Where it is changed, if the person may.
    pub change: Option<String>,
    /// Where it is removed, if the person may and it can be.
    pub remove: Option<String>,
}

impl Page for AdminRolePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}
