//! A link of a letter that opens nothing: it was used, it is too old, a newer one was sent, or it was opened in another browser.
//! The page says which it may be, and offers the way on.

use askama::Template;

use super::{DisplayText, Layout, Message, Page, Part, Value};

/// Says why a link opens nothing.
#[derive(Debug, Template)]
#[template(path = "void_link.html")]
pub struct VoidLinkPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Why.
    pub cause: VoidLink,
    /// Where another one is to be had, a path of ours.
    pub again: Option<&'a str>,
    /// The sign-in page, a path of ours, for a person who has used the link already.
    pub sign_in: Option<&'a str>,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoidLink {
    /// There is no such link any more. It was for a new password.
    OfPassword,
    /// The same. It was to confirm an address.
    OfAddress,
    /// The same. It was to end what was not the person.
    OfNotMe,
    /// The same. It stood in for a second factor.
    OfSecondStep,
    /// The same. It was to open an account, and a person had asked for it.
    OfAccount,
    /// The same, and it was an invitation.
    OfInvitation,
    /// The same. A person was to become an administrator by it.
    OfAdministrator,
    /// An account was opened by it.
    Opened,
    /// It was to open an account for an address that has one.
    AddressTaken,
    /// It was opened in another browser than this one, or in this one without cookies. The address is that of this service.
    Elsewhere(DisplayText),
}

impl Page for VoidLinkPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl VoidLinkPage<'_> {
    const fn title(&self) -> &'static str {
        match self.cause {
            VoidLink::Elsewhere(_) => "link-elsewhere-title",
            VoidLink::Opened => "link-opened-title",
            VoidLink::AddressTaken => "link-address-taken-title",
            _ => "void-link-title",
        }
    }

    fn lead(&self) -> Message<'_> {
        match &self.cause {
            VoidLink::Elsewhere(address) => {
                self.layout.message("link-elsewhere-lead", &[("address", Value::Name(address))])
            }
            VoidLink::Opened => self.layout.message("link-opened-lead", &[]),
            VoidLink::OfAdministrator => self.layout.message("void-link-administrator-lead", &[]),
            VoidLink::AddressTaken => self.layout.message("link-address-taken-lead", &[]),
            VoidLink::OfInvitation => self.layout.message("void-link-invited-lead", &[]),
            VoidLink::OfPassword | VoidLink::OfAddress | VoidLink::OfAccount => {
                self.layout.message("void-link-lead", &[])
            }
            VoidLink::OfNotMe => self.layout.message("void-link-not-me-lead", &[]),
            VoidLink::OfSecondStep => self.layout.message("void-link-lead-second-step", &[]),
        }
    }

    const fn again_label(&self) -> &'static str {
        match self.cause {
            VoidLink::OfAddress => "addresses-title",
            VoidLink::OfNotMe => "not-me-password",
            VoidLink::AddressTaken => "login-forgot",
            _ => "void-link-ask-again",
        }
    }

    /// Whether signing in is what the person came for, and another link the exception.
    const fn leads_to_sign_in(&self) -> bool {
        matches!(
            self.cause,
            VoidLink::Opened | VoidLink::AddressTaken | VoidLink::OfInvitation | VoidLink::OfAdministrator
        )
    }
}
