//! The signing keys: where each stands, as a picture over time and in words.

use askama::Template;
use idp_core::discovery::path;
use idp_core::time::UnixTime;

use super::picture::Stretch;
use super::{AdminNav, AdminReceipt};
use crate::page::{DisplayText, Layout, Message, Page, Part, RelativeTime, Value};

/// Shows them.
#[derive(Debug, Template)]
#[template(path = "admin/keys.html")]
pub struct AdminKeysPage {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// What was done.
    pub receipt: Option<AdminReceipt>,
    /// Each of them.
    pub keys: Vec<KeyLine>,
    /// Where the present is in the picture.
    pub now: i64,
    /// Whether the person may move them on.
    pub may_act: bool,
    /// Whether the next key has been published for long enough to take over now.
    pub is_next_ready: bool,
}

/// A key.
#[derive(Clone, Debug)]
pub struct KeyLine {
    /// Its id.
    pub kid: DisplayText,
    /// What it signs with (RFC 7518 3.1).
    pub algorithm: DisplayText,
    /// Where it stands.
    pub standing: KeyStanding,
    /// Since when.
    pub since: RelativeTime,
    /// Until when, or from when on it may sign.
    pub until: UnixTime,
    /// The same over time.
    pub stretches: Vec<Stretch>,
    /// Where it is retired, if that can be.
    pub retire: Option<String>,
    /// Where it is given up.
    pub give_up: String,
}

/// Where a key stands.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum KeyStanding {
    /// Published, signs nothing yet.
    Next,
    /// Signs.
    Active,
    /// Published for what it has signed.
    Retired,
}

impl Page for AdminKeysPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminKeysPage {
    fn title_of(&self, key: &KeyLine) -> &'static str {
        match key.standing {
            KeyStanding::Next => "admin-key-next",
            KeyStanding::Active => "admin-key-active",
            KeyStanding::Retired => "admin-key-retired",
        }
    }

    fn facts_of(&self, key: &KeyLine) -> Message<'static> {
        let id = match key.standing {
            KeyStanding::Next => "admin-key-next-facts",
            KeyStanding::Active => "admin-key-active-facts",
            KeyStanding::Retired => "admin-key-retired-facts",
        };
        let until = self.layout.language.date(key.until);
        self.layout.message(id, &[("time", Value::Time(key.since)), ("until", Value::Words(until.into()))])
    }

    /// Named with what it is about, for a person who hears the links one after another.
    fn label(&self, words: &str, key: &KeyLine) -> String {
        let values =
            [("link", self.layout.say(words).into_owned().into()), ("what", key.kid.as_str().into())];
        self.layout.language.say_with("secure-not-me-label", &values)
    }

    fn has_next(&self) -> bool {
        self.keys.iter().any(|key| key.standing == KeyStanding::Next)
    }
}
