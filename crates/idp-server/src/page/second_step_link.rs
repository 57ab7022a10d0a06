//! Where the link of a letter leads that stands in for a second factor: a button in the browser that waits for it, a code in any
//! other.

use askama::Template;
use zeroize::Zeroizing;

use super::{ClientLabel, DisplayText, FormSeal, Layout, Page, action};

/// Goes on with a sign-in, or shows its code.
#[derive(Debug, Template)]
#[template(path = "second_step_link.html")]
pub struct SecondStepLinkPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Who signs in.
    pub account: DisplayText,
    /// Where it was opened.
    pub opened: OpenedSecondStepLink<'a>,
}

/// Where such a link was opened.
#[derive(Debug)]
pub enum OpenedSecondStepLink<'a> {
    /// In the browser that waits for it.
    Here {
        /// Where the form goes and what binds it.
        seal: FormSeal<'a>,
        /// Where the person is going; `None` when they came to the provider itself.
        client: Option<ClientLabel>,
    },
    /// In another.
    Elsewhere {
        /// What is typed into the page that waits.
        code: Zeroizing<String>,
    },
}

impl Page for SecondStepLinkPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}
