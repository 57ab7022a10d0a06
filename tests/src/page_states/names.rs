//! The names that stand in pages: as they are in a language, and as they make it hard for a page.

use idp_server::words::Language;

/// All that comes from outside.
#[derive(Clone, Copy)]
pub(super) struct Names {
    pub(super) provider: &'static str,
    pub(super) client: &'static str,
    pub(super) host: &'static str,
    pub(super) account: &'static str,
    pub(super) device: &'static str,
    pub(super) place: &'static str,
    pub(super) scope: &'static str,
}

const ENGLISH: Names = Names {
    provider: "Example Accounts",
    client: "Site A",
    host: "a.example",
    account: "alice@example.com",
    device: "Firefox on Windows",
    place: "203.0.113.0",
    scope: "orders:read",
};

const CHINESE: Names = Names {
    provider: "山川通行证",
    client: "山川书店",
    host: "shop.example",
    account: "王小明",
    device: "Windows 上的 Firefox",
    place: "203.0.113.0",
    scope: "orders:read",
};

/// Written from the right.
pub(super) const HEBREW: Names = Names {
    provider: "חשבונות לדוגמה",
    client: "חנות הספרים",
    host: "books.example",
    account: "אליס@example.com",
    device: "Firefox ב-Windows",
    place: "2001:db8:85a3::",
    scope: "orders:read",
};

/// Some without a place where a line could break.
pub(super) const LONG: Names = Names {
    provider: "The Extraordinarily Long-Named International Society of People Who Never Shorten Anything",
    client: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    host: "the-place-where-everything-has-a-long-name.department.of.names.example.org",
    account: "a.person.with.quite.a.long.address.who.never.shortens.it@department.of.names.example.org",
    device: "A Browser With A Name Longer Than Anybody Would Expect on AnOperatingSystemOfTheSameKind",
    place: "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    scope: "urn:example:organisation:department:orders:read-and-write-and-administer:everything",
};

impl Names {
    /// Each of them `text`.
    pub(super) const fn all(text: &'static str) -> Self {
        Self {
            provider: text,
            client: text,
            host: text,
            account: text,
            device: text,
            place: text,
            scope: text,
        }
    }

    /// As they are where that language is read.
    pub(super) fn of(language: Language) -> Self {
        if language.tag().starts_with("zh") { CHINESE } else { ENGLISH }
    }
}
