//! The consent page: what a client asks to see, in plain sentences, for which account. Shows
//! exactly the scopes it is given; which of them need asking is decided elsewhere.

use askama::Template;

use super::{ClientLabel, DisplayText, FormSeal, Frame, Language, LinkUri, Part, Sentence, action};

/// Asks whether a client may have what it asks for.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub struct ConsentPage<'a> {
    /// What it stands in.
    pub frame: Frame,
    /// Who asks.
    pub client: ClientLabel,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
    /// What is asked for, one line each.
    pub scopes: Vec<ScopeLine>,
    /// The client's privacy policy.
    pub policy_uri: Option<LinkUri>,
    /// The client's terms of service.
    pub tos_uri: Option<LinkUri>,
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

    fn sentence(&self, words: &Words) -> Sentence<'_> {
        match &self.0 {
            Scope::OpenId => Sentence::plain(words.openid),
            Scope::Profile => Sentence::plain(words.profile),
            Scope::Email => Sentence::plain(words.email),
            Scope::Address => Sentence::plain(words.address),
            Scope::Phone => Sentence::plain(words.phone),
            Scope::OfflineAccess => Sentence::plain(words.offline_access),
            Scope::Other(scope) => Sentence::with(words.other, &[("scope", scope)]),
        }
    }
}

impl ConsentPage<'_> {
    fn words(&self) -> &'static Words {
        match self.frame.language {
            Language::English => &ENGLISH,
        }
    }

    fn heading(&self) -> Sentence<'_> {
        Sentence::with(self.words().heading, &[("client", &self.client.name)])
    }

    fn intro(&self) -> Sentence<'_> {
        Sentence::with(self.words().intro, &[("client", &self.client.name)])
    }

    fn sentence_of<'s>(&self, scope: &'s ScopeLine) -> Sentence<'s> {
        scope.sentence(self.words())
    }

    fn links_intro(&self) -> Sentence<'_> {
        Sentence::with(self.words().links_intro, &[("client", &self.client.name)])
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
    links_intro: &'static str,
    policy: &'static str,
    tos: &'static str,
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
    links_intro: "From {client}:",
    policy: "Privacy policy",
    tos: "Terms of service",
};
