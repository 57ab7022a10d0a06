//! "Sign-in methods": what a person signs in with besides the password.

use askama::Template;
use idp_core::discovery::path;
use idp_core::passkey::Passkey;
use idp_core::recovery_code::{FEW, StoredRecoveryCode};
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use std::borrow::Cow;

use super::{DisplayText, Layout, Message, Page, Part, Receipt, RelativeTime, Value};

/// Shows the second factors of a person.
#[derive(Debug, Template)]
#[template(path = "methods.html")]
pub struct MethodsPage {
    /// What it stands in.
    pub layout: Layout,
    /// The account in use.
    pub account: DisplayText,
    /// What ended with a change that was made a moment ago.
    pub receipt: Option<Receipt>,
    /// The authenticator apps, the oldest first.
    pub apps: Vec<MethodLine>,
    /// The passkeys, the oldest first.
    pub passkeys: Vec<MethodLine>,
    /// The recovery codes, of a person who has an app or a passkey.
    pub codes: Option<RecoveryCodesLine>,
    /// Whether there may be another app.
    pub may_add: bool,
    /// Whether there may be another passkey.
    pub may_add_passkey: bool,
    /// Whether one that the browser saved by itself may be asked for from now on.
    pub may_demand_passkey: bool,
    /// What the script tells the person's authenticators of their passkeys, in JSON.
    pub accepted: Option<String>,
}

impl Page for MethodsPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// One of them.
#[derive(Debug, Clone)]
pub struct MethodLine {
    /// Its id, for the way to its removal.
    pub id: String,
    /// What the person calls it.
    pub name: DisplayText,
    /// When it was added.
    pub added: RelativeTime,
    /// When a sign-in last used it.
    pub last_use: Option<RelativeTime>,
    /// Whether it is on several devices of the person.
    pub is_synced: bool,
    /// Whether it is asked for after the password.
    pub is_asked_for: bool,
}

/// The name that the person gave, or what it is.
fn named(own: &str, kind: &str, layout: &Layout) -> DisplayText {
    let own = DisplayText::name(own);
    if own.is_empty() { DisplayText::name(&layout.say(kind)) } else { own }
}

/// What is left of the recovery codes.
#[derive(Debug, Clone, Copy)]
pub struct RecoveryCodesLine {
    /// How many were not used yet.
    pub left: usize,
    /// When they were made, if they ever were.
    pub made: Option<RelativeTime>,
}

impl RecoveryCodesLine {
    /// The line for the codes of one person, seen from `now`, in the language of a page.
    #[must_use]
    pub fn new(codes: &[StoredRecoveryCode], layout: &Layout, now: UnixTime) -> Self {
        let made = codes.first().map(|code| RelativeTime::new(code.created_at, now, layout.language));
        Self { left: StoredRecoveryCode::left_of(codes), made }
    }

    fn left(&self, layout: &Layout) -> String {
        layout.language.say_with("recovery-left", &[("count", self.left.into())])
    }

    fn made(&self, layout: &Layout) -> Option<Message<'static>> {
        let when = Value::Time(self.made?);
        Some(layout.message("recovery-made", &[("when", when)]))
    }

    const fn are_few(&self) -> bool {
        self.left <= FEW
    }

    fn warning(&self) -> &'static str {
        if self.left == 0 { "recovery-none-left" } else { "recovery-few-left" }
    }
}

impl MethodLine {
    /// The line for `app`, seen from `now`, in the language of a page.
    #[must_use]
    pub fn of_app(app: &TotpCredential, layout: &Layout, now: UnixTime) -> Self {
        let moment = |at| RelativeTime::new(at, now, layout.language);
        let (name, last_use) = (named(&app.name, "methods-app", layout), app.last_used_at.map(moment));
        Self {
            id: app.id.to_string(),
            name,
            added: moment(app.created_at),
            last_use,
            is_synced: false,
            is_asked_for: true,
        }
    }

    /// The line for `passkey`.
    #[must_use]
    pub fn of_passkey(passkey: &Passkey, layout: &Layout, now: UnixTime) -> Self {
        let moment = |at| RelativeTime::new(at, now, layout.language);
        Self {
            id: passkey.id.to_string(),
            name: named(&passkey.name, "methods-passkey", layout),
            added: moment(passkey.created_at),
            last_use: passkey.last_used_at.map(moment),
            is_synced: passkey.is_backed_up,
            is_asked_for: passkey.is_asked_for,
        }
    }

    pub(super) fn added(&self, layout: &Layout) -> Message<'static> {
        layout.message("methods-added", &[("when", Value::Time(self.added))])
    }

    pub(super) fn last_used(&self, layout: &Layout) -> Option<Message<'static>> {
        let when = Value::Time(self.last_use?);
        Some(layout.message("methods-last-used", &[("when", when)]))
    }

    /// For a person who hears the links one after another.
    fn label(&self, button: &str, layout: &Layout) -> String {
        let values =
            [("button", layout.say(button).into_owned().into()), ("name", self.name.as_str().into())];
        layout.language.say_with("methods-button-label", &values)
    }
}

impl MethodsPage {
    /// What is asked for after the password.
    fn second_step(&self) -> Cow<'static, str> {
        let has_passkeys = self.passkeys.iter().any(|passkey| passkey.is_asked_for);
        self.layout.say(match (self.apps.is_empty(), !has_passkeys) {
            (true, true) => "methods-none",
            (true, false) => "methods-none-but-passkey",
            (false, true) => "methods-some",
            (false, false) => "methods-some-and-passkey",
        })
    }

    fn lead(&self) -> Message<'_> {
        self.layout.message("devices-lead", &[("account", Value::Name(&self.account))])
    }
}
