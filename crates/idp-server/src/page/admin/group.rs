//! A group, and who is in it.

use askama::Template;

use super::people::{PersonHeld, label};
use super::{AdminNav, AdminReceipt};
use crate::page::{DisplayText, Layout, Message, Page, Part, RelativeTime, Value};

/// Shows it.
#[derive(Debug, Template)]
#[template(path = "admin/group.html")]
pub struct AdminGroupPage {
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
    /// What the system that provisions it calls it.
    pub external_id: Option<DisplayText>,
    /// Since when it exists.
    pub created: RelativeTime,
    /// The roles that its members have by it; `None` where the person may not see them.
    pub roles: Option<Vec<PersonHeld>>,
    /// Where it is given another one, if the person may.
    pub give_role: Option<String>,
    /// Some of its members; `None` where the person may not see people.
    pub members: Option<Vec<MemberLine>>,
    /// The next of them, a path of ours and its query.
    pub next: Option<String>,
    /// Where they are searched; `None` where the person may not see people.
    pub find: Option<String>,
    /// Where it is changed and removed and a person is put into it, if the person may.
    pub acts: Option<GroupActs>,
}

/// Somebody in a group.
#[derive(Clone, Debug)]
pub struct MemberLine {
    /// Who.
    pub person: DisplayText,
    /// Where they are shown.
    pub href: String,
    /// Where they are taken out.
    pub remove: String,
}

/// What may be done with a group, by the paths of ours where it is done.
#[derive(Clone, Debug)]
pub struct GroupActs {
    /// Changing it.
    pub change: String,
    /// Removing it.
    pub remove: String,
    /// Putting a person into it.
    pub add_member: String,
}

impl Page for AdminGroupPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminGroupPage {
    fn external<'s>(&self, id: &'s DisplayText) -> Message<'s> {
        self.layout.message("admin-external-id-fact", &[("id", Value::Name(id))])
    }

    fn since(&self) -> Message<'_> {
        self.layout.message("admin-group-since", &[("time", Value::Time(self.created))])
    }

    /// The name of a button with the role that it is about, for a person who hears the links one after another.
    fn label(&self, button: &str, name: &DisplayText) -> String {
        label(button, name, &self.layout)
    }

    /// Named with whom it is about, for a person who hears the links one after another.
    fn remove_label(&self, member: &MemberLine) -> String {
        let values = [
            ("link", self.layout.say("admin-member-remove").into_owned().into()),
            ("what", member.person.as_str().into()),
        ];
        self.layout.language.say_with("secure-not-me-label", &values)
    }
}
