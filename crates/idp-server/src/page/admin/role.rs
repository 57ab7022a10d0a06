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
    /// Where it is changed and where it is removed, if the person may.
    pub acts: Option<(String, String)>,
}

impl Page for AdminRolePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}
