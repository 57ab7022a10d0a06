//! Another name for a passkey.

use askama::Template;
use idp_core::discovery::path;

use super::{FormSeal, Layout, Page, TypedText, action};

/// Asks for the name.
#[derive(Debug, Template)]
#[template(path = "rename_method.html")]
pub struct RenameMethodPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// What it is called so far; may be empty.
    pub name: TypedText,
}

impl Page for RenameMethodPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}
