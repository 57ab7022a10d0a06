//! Recovery codes: the question before new ones are made, and the page that shows them once.

use askama::Template;
use idp_core::discovery::path;
use idp_core::time::UnixTime;
use zeroize::Zeroizing;

use super::{DisplayText, FormSeal, Layout, Message, Page, Part, Receipt, Value};

/// Asks whether to make new recovery codes.
#[derive(Debug, Template)]
#[template(path = "make_recovery_codes.html")]
pub struct MakeRecoveryCodesPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it; `tx` carries the codes, sealed.
    pub seal: FormSeal<'a>,
    /// How many of those from before are left, which end.
    pub left: usize,
}

impl Page for MakeRecoveryCodesPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl MakeRecoveryCodesPage<'_> {
    fn lead(&self) -> String {
        self.layout.language.say_with("make-recovery-lead", &[("count", self.left.into())])
    }
}

/// Shows codes that were made a moment ago.
#[derive(Template)]
#[template(path = "new_recovery_codes.html")]
pub struct NewRecoveryCodesPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The account that they are for.
    pub account: DisplayText,
    /// The codes.
    pub codes: Vec<Zeroizing<String>>,
    /// What ended with the change that made them.
    pub receipt: Option<Receipt>,
    /// Where they are had as a text: a path of ours and its query.
    pub text_address: &'a str,
    /// Where the person goes on to: a path of ours and its query.
    pub onward: &'a str,
}

impl Page for NewRecoveryCodesPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl NewRecoveryCodesPage<'_> {
    /// The codes as a text to keep, with what they are for.
    #[must_use]
    pub fn as_text(&self, now: UnixTime) -> String {
        let language = self.layout.language;
        let date = language.date(now);
        let made = language.say_with("new-recovery-made", &[("date", date.into())]);
        let mut text = format!("{}\n{made}\n\n", self.owner().text());
        for code in &self.codes {
            text.push_str(code);
            text.push('\n');
        }
        format!("{text}\n{}\n", language.say("new-recovery-lead"))
    }

    fn owner(&self) -> Message<'_> {
        let values =
            [("account", Value::Name(&self.account)), ("provider", Value::Name(&self.layout.provider))];
        self.layout.message("new-recovery-owner", &values)
    }
}
