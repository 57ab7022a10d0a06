//! What a person sees who was asked whether to sign out and stayed, when there is no site to return to by itself
//! (OpenID Connect RP-Initiated Logout 1.0 section 2: they decide).

use askama::Template;
use idp_core::discovery::path;

use super::{DisplayText, Layout, Page};

/// Says that nothing ended.
#[derive(Debug, Template)]
#[template(path = "still_signed_in.html")]
pub struct StillSignedInPage {
    /// What it stands in.
    pub layout: Layout,
    /// The account in use.
    pub account: DisplayText,
}

impl Page for StillSignedInPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}
