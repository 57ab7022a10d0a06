//! The letters of the demonstration, which sends none.

use askama::Template;
use uuid::Uuid;

use super::{DisplayText, Layout, LinkUri, Message, Page, Part, RelativeTime, Value};
use crate::words::Language;

/// Shows what would have been sent.
#[derive(Debug, Template)]
#[template(path = "inbox.html")]
pub struct InboxPage {
    /// What it stands in.
    pub layout: Layout,
    /// The newest first.
    pub letters: Vec<ListedLetter>,
}

/// A letter that was not sent.
#[derive(Debug)]
pub struct ListedLetter {
    /// Its name.
    pub id: Uuid,
    /// To whom it would have gone.
    pub to: DisplayText,
    /// When.
    pub at: RelativeTime,
    /// The language it is in.
    pub language: Language,
    /// The line it is listed by.
    pub subject: DisplayText,
    /// What it says.
    pub text: String,
    /// The address of ours in it, which can be followed.
    pub link: Option<LinkUri>,
}

impl Page for InboxPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl InboxPage {
    /// Where it is. It is no endpoint of the provider, and only the demonstration has it.
    pub const PATH: &'static str = "/demo/inbox";
}

impl ListedLetter {
    /// Such as "To alice@example.org, 5 minutes ago".
    fn envelope(&self, layout: &Layout) -> Message<'_> {
        layout.message("inbox-to", &[("address", Value::Name(&self.to)), ("when", Value::Time(self.at))])
    }

    /// What it says before and behind the address.
    fn around_link(&self) -> (&str, &str) {
        let link = self.link.as_ref().map(ToString::to_string);
        link.and_then(|link| self.text.split_once(&link)).unwrap_or((&self.text, ""))
    }

    /// Where it is as a document.
    fn document(&self) -> String {
        format!("{}/{}", InboxPage::PATH, self.id)
    }
}
