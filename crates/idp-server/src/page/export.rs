//! "Your data": what is in the copy of all that is kept about a person.

use askama::Template;
use idp_core::discovery::path;

use super::{DisplayText, FormSeal, Layout, Page};

/// Offers the file.
#[derive(Debug, Template)]
#[template(path = "export.html")]
pub struct ExportPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
}

impl Page for ExportPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}
