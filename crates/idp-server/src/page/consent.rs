//! The consent page: what a client asks to see, in plain sentences, for which account. Shows
//! exactly the scopes it is given; which of them need asking is decided elsewhere.

use askama::Template;

use super::{ClientLabel, DisplayText, FormSeal, Language, Layout, Message, Part, action};

/// Asks whether a client may have what it asks for.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub struct ConsentPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Who asks.
    pub client: ClientLabel,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
    /// What is asked for, one line each.
    pub scopes: Vec<ScopeLine>,
}

/// One line of what is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeLine(Scope);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    OpenId,
    Profile,
    Email,
    Address,
    Phone,
    OfflineAccess,
    /// Not ours to explain; shown as it is written.
    Other(DisplayText),
}

impl ScopeLine {
    /// The line for one scope value: a sentence for those of OpenID Connect Core 5.4 and 11, the
    /// value itself for all others.
    #[must_use]
    pub fn new(scope: &str) -> Self {
        Self(match scope {
            "openid" => Scope::OpenId,
            "profile" => Scope::Profile,
            "email" => Scope::Email,
            "address" => Scope::Address,
            "phone" => Scope::Phone,
            "offline_access" => Scope::OfflineAccess,
            other => Scope::Other(DisplayText::name(other)),
        })
    }

    fn message(&self, words: &Words) -> Message<'_> {
        match &self.0 {
            Scope::OpenId => Message::plain(words.openid),
            Scope::Profile => Message::plain(words.profile),
            Scope::Email => Message::plain(words.email),
            Scope::Address => Message::plain(words.address),
            Scope::Phone => Message::plain(words.phone),
            Scope::OfflineAccess => Message::plain(words.offline_access),
            Scope::Other(scope) => Message::with(words.other, &[("scope", scope)]),
        }
    }
}

impl ConsentPage<'_> {
    fn words(&self) -> &'static Words {
        match self.layout.language {
            Language::English => &ENGLISH,
        }
    }

    fn heading(&self) -> Message<'_> {
        Message::with(self.words().heading, &[("client", &self.client.name)])
    }

    fn intro(&self) -> Message<'_> {
        Message::with(self.words().intro, &[("client", &self.client.name)])
    }

    fn message_of<'s>(&self, scope: &'s ScopeLine) -> Message<'s> {
        scope.message(self.words())
    }
}

/// All words of the page in one language.
struct Words {
    title: &'static str,
    heading: &'static str,
    signed_in_as: &'static str,
    switch: &'static str,
    switch_label: &'static str,
    intro: &'static str,
    openid: &'static str,
    profile: &'static str,
    email: &'static str,
    address: &'static str,
    phone: &'static str,
    offline_access: &'static str,
    other: &'static str,
    allow: &'static str,
    deny: &'static str,
}

static ENGLISH: Words = Words {
    title: "Allow access",
    heading: "{client} asks to use your account",
    signed_in_as: "Signed in as",
    switch: "Switch",
    switch_label: "Switch account",
    intro: "If you allow it, {client} can:",
    openid: "Know that it is you, by an account number",
    profile: "See your name, picture and profile",
    email: "See your e-mail address",
    address: "See your postal address",
    phone: "See your phone number",
    offline_access: "Keep this access while you are away",
    other: "Use its own permission “{scope}”",
    allow: "Allow",
    deny: "Don’t allow",
};
