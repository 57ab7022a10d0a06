//! The front page of the provider, which is "Your account" for a person who is signed in.

use askama::Template;
use idp_core::discovery::path;

use super::{DisplayText, Layout, Message, Page, Part, PictureLink, Value};

/// Says who is signed in, and leads to everything that is theirs.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// What it stands in.
    pub layout: Layout,
    /// The account in use, if a person is signed in.
    pub account: Option<DisplayText>,
    /// Its picture.
    pub picture: Option<PictureLink>,
    /// Whether people may have their account deleted by themselves.
    pub may_delete: bool,
}

impl Page for HomePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl HomePage {
    fn title(&self) -> &'static str {
        match self.account {
            Some(_) => "home-title",
            None => "home-signed-out-title",
        }
    }

    fn signed_out_lead(&self) -> Message<'_> {
        self.layout.message("home-signed-out-lead", &[("provider", Value::Name(&self.layout.provider))])
    }
}
