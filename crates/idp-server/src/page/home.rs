//! The front page of the provider, which is "Your account" for a person who is signed in.

use askama::Template;
use idp_core::discovery::path;

use super::{DisplayText, FormSeal, Layout, Message, Page, Part, PictureLink, Value, action};

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
    /// What the script may ask the browser for: to save a passkey beside the password that it has saved.
    pub offer: Option<PasskeyOffer>,
    /// Whether people may have their account deleted by themselves.
    pub may_delete: bool,
    /// Whether the person may administer anything.
    pub may_administer: bool,
    /// Whether a visitor without one may open an account.
    pub may_register: bool,
}

/// A form that only the script sends, with a passkey that the browser has saved by itself (WebAuthn 5.1.3, conditional creation).
#[derive(Debug)]
pub struct PasskeyOffer {
    /// What it is about, sealed; the challenge follows from it.
    pub tx: String,
    /// What binds it to the session.
    pub csrf: String,
    /// What the script asks the browser for, in JSON.
    pub options: String,
}

impl PasskeyOffer {
    fn seal(&self) -> FormSeal<'_> {
        FormSeal { post_to: path::PASSKEY, tx: &self.tx, csrf: &self.csrf }
    }
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
