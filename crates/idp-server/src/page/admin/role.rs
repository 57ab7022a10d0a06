//! A role, what it permits, and who has it.

use askama::Template;

use super::people::{PersonHeld, label};
use super::{AdminNav, AdminReceipt};
use crate::page::{DisplayText, Layout, Message, Page, Part, Value};

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
    /// Some of the people who were given it themselves; `None` where the person may not see people.
    pub holders: Option<Vec<PersonHeld>>,
    /// The next of them, a path of ours and its query.
    pub next: Option<String>,
    /// How many groups have it.
    pub groups: usize,
    /// Where all who have it are found, those in its groups included.
    pub find: Option<String>,
    /// Where it is given to a person, if the person may.
    pub add_holder: Option<String>,
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

impl AdminRolePage {
    fn in_groups(&self) -> Message<'static> {
        self.layout.message("people-holder-groups", &[("count", Value::Count(self.groups))])
    }

    /// Named with whom it is about, for a person who hears the links one after another.
    fn label(&self, button: &str, name: &DisplayText) -> String {
        label(button, name, &self.layout)
    }
}
