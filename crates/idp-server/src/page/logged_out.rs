//! What a person sees after signing out when there is no site to return to by itself.

use askama::Template;

use super::{Layout, Page, Part, Receipt};

/// Says that the session ended.
#[derive(Debug, Template)]
#[template(path = "logged_out.html")]
pub struct LoggedOutPage {
    /// What it stands in.
    pub layout: Layout,
    /// What else was ended, and where that is known already.
    pub receipt: Option<Receipt>,
}

impl Page for LoggedOutPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}
