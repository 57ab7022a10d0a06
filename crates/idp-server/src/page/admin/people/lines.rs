//! What the pages about people have in rows: sign-ins, factors, roles, sites, and what happened.

use std::borrow::Cow;

use crate::page::activity::ActivityEntry;
use crate::page::admin::AUDIT_EVENTS;
use crate::page::{
    AddressLine, DeviceLine, DisplayText, Layout, Message, MethodLine, RelativeTime, SignOutReason, Value,
};

/// Whether a person may sign in.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum PersonState {
    /// They may.
    Active,
    /// They may not.
    Disabled,
    /// Their account waits to be deleted.
    Deleting,
}

impl PersonState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Active, Self::Disabled, Self::Deleting];

    /// The word for it in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleting => "deleting",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Active => "people-state-active",
            Self::Disabled => "people-state-disabled",
            Self::Deleting => "people-state-deleting",
        }
    }
}

/// An address of a person.
#[derive(Clone, Debug)]
pub struct PersonAddress {
    /// The address, and whether it is theirs.
    pub line: AddressLine,
    /// Where something is done with it, if the administrator may.
    pub change: Option<String>,
}

/// An authenticator app or a passkey of a person.
#[derive(Clone, Debug)]
pub struct PersonFactor {
    /// What it is.
    pub line: MethodLine,
    /// Where it is removed, if the administrator may.
    pub remove: Option<String>,
}

/// A role or a group that a person has.
#[derive(Clone, Debug)]
pub struct PersonHeld {
    /// What it is called.
    pub name: DisplayText,
    /// Where it is shown.
    pub href: String,
    /// Where it is taken from them, if the administrator may.
    pub take: Option<String>,
}

/// Where a person is signed in.
#[derive(Clone, Debug)]
pub struct PersonSession {
    /// On what, from where and since when.
    pub line: DeviceLine,
    /// The sites in use there.
    pub sites: Vec<DisplayText>,
    /// Where it is ended, if the administrator may.
    pub end: Option<String>,
}

impl PersonSession {
    pub(super) fn in_use_at(&self, layout: &Layout) -> Message<'_> {
        match self.sites.is_empty() {
            true => layout.message("devices-no-sites", &[]),
            false => layout.message("devices-sites", &[("sites", Value::Names(&self.sites))]),
        }
    }
}

/// A site that has something of a person.
#[derive(Clone, Debug)]
pub struct PersonSite {
    /// What it is called.
    pub name: DisplayText,
    /// Since when.
    pub since: RelativeTime,
    /// What it may see, in its own words, where the person was asked.
    pub scope: Option<DisplayText>,
    /// How many sign-ins use it.
    pub sessions: usize,
    /// Where that is taken back, if the administrator may.
    pub disconnect: Option<String>,
}

impl PersonSite {
    pub(super) fn since(&self, layout: &Layout) -> Message<'static> {
        layout.message("sites-since", &[("when", Value::Time(self.since))])
    }

    pub(super) fn in_use(&self, layout: &Layout) -> Message<'static> {
        layout.message("people-site-sessions", &[("count", Value::Count(self.sessions))])
    }

    pub(super) fn may_see(&self, layout: &Layout) -> Option<Message<'_>> {
        let scope = ("scope", Value::Name(self.scope.as_ref()?));
        Some(layout.message("people-site-scope", &[scope]))
    }
}

/// Who did something with a person's account.
#[derive(Clone, Debug)]
pub enum EventActor {
    /// The person, or nobody.
    Themselves,
    /// An administrator.
    Administrator(DisplayText),
    /// A program, by its client.
    Client(DisplayText),
    /// An operator at the console, by their account there.
    Console(DisplayText),
}

impl EventActor {
    /// Who it was, in words; nothing of the person themselves.
    pub(in crate::page::admin) fn message(&self, layout: &Layout) -> Option<Message<'_>> {
        let (id, name) = match self {
            Self::Themselves => return None,
            Self::Administrator(name) => ("people-event-by", name),
            Self::Client(name) => ("people-event-by-client", name),
            Self::Console(name) => ("people-event-by-console", name),
        };
        Some(layout.message(id, &[("name", Value::Name(name))]))
    }
}

/// Something that happened with a person's account.
#[derive(Clone, Debug)]
pub struct PersonEvent {
    /// The word of the audit log.
    pub event: String,
    /// When.
    pub at: RelativeTime,
    /// Who did it.
    pub actor: EventActor,
    /// The site that it was about.
    pub site: Option<DisplayText>,
    /// From which address.
    pub address: Option<DisplayText>,
    /// Why a sign-in ended.
    pub reason: Option<SignOutReason>,
    /// A word more.
    pub detail: Option<DisplayText>,
}

/// Where the person is told of it in words that would mean the reader.
const IN_OTHER_WORDS: &[(&str, &str)] = &[
    ("code_reused", "people-event-copied"),
    ("refresh_token_reused", "people-event-copied"),
    ("data_exported", "people-event-exported"),
    ("registration_requested", "people-event-registration"),
    ("mail_sent", "people-event-mail"),
    ("mail_given_up", "people-event-mail-given-up"),
    ("user_removed", "people-event-removed"),
    ("account_deleted", "people-event-removed"),
];

impl PersonEvent {
    /// What it was, in words; those that have none go by the word of the log.
    pub(super) fn what(&self, layout: &Layout) -> Option<Cow<'static, str>> {
        let other = IN_OTHER_WORDS.iter().find(|(event, _)| *event == self.event).map(|(_, id)| *id);
        let in_the_log = || AUDIT_EVENTS.iter().find(|(event, _)| *event == self.event).map(|(_, id)| *id);
        let id = other.or_else(|| ActivityEntry::message_of(&self.event)).or_else(in_the_log);
        id.map(|id| layout.say(id))
    }

    pub(super) fn by(&self, layout: &Layout) -> Option<Message<'_>> {
        self.actor.message(layout)
    }
}

/// A link or a button with what it is about, for a person who hears one after another.
pub(in crate::page::admin) fn label(button: &str, name: &DisplayText, layout: &Layout) -> String {
    let values = [("button", layout.say(button).into_owned().into()), ("name", name.as_str().into())];
    layout.language.say_with("methods-button-label", &values)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::words::Language;

    #[test]
    fn what_happened_to_others_is_not_said_as_if_it_were_the_reader() {
        let layout = Layout::new("Accounts", Language::english());
        for (event, _) in IN_OTHER_WORDS {
            let event = PersonEvent {
                event: (*event).to_owned(),
                at: RelativeTime::new(
                    idp_core::time::UnixTime(0),
                    idp_core::time::UnixTime(0),
                    layout.language,
                ),
                actor: EventActor::Themselves,
                site: None,
                address: None,
                reason: None,
                detail: None,
            };
            let said = event.what(&layout).unwrap();
            assert!(!said.contains("your") && !said.contains(" you"), "{said}");
        }
    }
}
