//! E-mail addresses: the addr-spec of RFC 5322 3.4.1 without comments, quotes and address literals, with letters of every
//! script before the `@` (RFC 6531). The part behind the `@` is a domain of DNS and is kept in ASCII. One mailbox has one
//! canonical spelling, so that no one has an address twice by writing it differently.

use crate::username::{MAX_USERNAME_BYTES, folded, is_plain};
use std::cmp::Ordering;
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;
use url::Host;

/// RFC 5321 4.5.3.1.1.
const MAX_LOCAL_BYTES: usize = 64;
/// RFC 5321 4.5.3.1.3: the path of 256 octets less its brackets.
const MAX_BYTES: usize = 254;
/// RFC 5322 3.2.3: what an atom has not, apart from controls and white space.
const SPECIALS: &str = "()<>[]:;@\\,\"";

/// An e-mail address as its owner writes it, compared by its canonical spelling.
#[derive(Clone, Debug)]
pub struct MailAddress {
    written: String,
    canonical: String,
}

/// Not usable as an e-mail address.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error(
    "an e-mail address has the form alice@example.com, with at most 64 bytes before the @ and 254 in all"
)]
pub struct MalformedMailAddress;

impl MailAddress {
    /// Reads what a person typed. Capitals before the `@` stay as they are, since the owner chose them; full-width
    /// characters become plain ones.
    ///
    /// # Errors
    /// [`MalformedMailAddress`] for everything that is no address, or one with invisible characters.
    pub fn parse(typed: &str) -> Result<Self, MalformedMailAddress> {
        if typed.len() > MAX_USERNAME_BYTES {
            return Err(MalformedMailAddress);
        }
        let composed: String = typed.trim().nfkc().collect();
        let (local, domain) = composed.rsplit_once('@').ok_or(MalformedMailAddress)?;
        if local.len() > MAX_LOCAL_BYTES || !local.split('.').all(is_atom) {
            return Err(MalformedMailAddress);
        }
        let domain = domain_in_ascii(domain).ok_or(MalformedMailAddress)?;
        let written = format!("{local}@{domain}");
        let canonical = format!("{}@{domain}", folded(local));
        match written.len().max(canonical.len()) {
            ..=MAX_BYTES => Ok(Self { written, canonical }),
            _ => Err(MalformedMailAddress),
        }
    }

    /// As its owner writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// As it is shown to a person who is not known to be its owner yet: enough to tell one's own mailboxes apart.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, domain) = self.written.rsplit_once('@').unwrap_or((&self.written, ""));
        let first = local.chars().next().filter(|_| local.chars().nth(1).is_some());
        format!("{}\u{2022}\u{2022}\u{2022}@{domain}", first.map(String::from).unwrap_or_default())
    }

    /// The one spelling of all that name this mailbox: capitals do not tell two apart, as with every provider that people
    /// use. Dots and `+` do, for the mail provider decides about them.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl PartialEq for MailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for MailAddress {}

impl PartialOrd for MailAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MailAddress {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical.cmp(&other.canonical)
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.written)
    }
}

fn is_atom(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| is_plain(c) && !SPECIALS.contains(c))
}

/// The domain as DNS has it. Escapes are for addresses of pages, and a final dot or a number names no mailbox's home.
fn domain_in_ascii(domain: &str) -> Option<String> {
    if domain.contains('%') || domain.ends_with('.') || !domain.chars().all(is_plain) {
        return None;
    }
    match Host::parse(domain).ok()? {
        Host::Domain(name) if name.split('.').all(is_label) => Some(name),
        _ => None,
    }
}

/// RFC 1123 2.1.
fn is_label(label: &str) -> bool {
    let is_inside = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(is_inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn address(text: &str) -> MailAddress {
        MailAddress::parse(text).unwrap()
    }

    #[test]
    fn s83_one_mailbox_is_one_address_however_it_is_written() {
        let known = address("Zoë.Ada+x@müller.example");
        assert_eq!(known.as_str(), "Zoë.Ada+x@xn--mller-kva.example");
        for text in [
            "zoë.ada+x@xn--mller-kva.example",
            " ZOË.ADA+X@MÜLLER.EXAMPLE ",
            "zoe\u{308}.ada+x@mu\u{308}ller.example",
            "\u{ff3a}oë.ada+x\u{ff20}müller\u{ff0e}example",
        ] {
            assert_eq!(address(text), known, "{text:?}");
            assert_eq!(address(text).canonical(), "zoë.ada+x@xn--mller-kva.example");
        }
        for other in ["zoë.ada@müller.example", "zoëada+x@müller.example", "zoe.ada+x@müller.example"] {
            assert_ne!(address(other), known, "{other}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long_local = format!("{}@a.example", "x".repeat(65));
        let long = format!("x@{}example", "a2345678.".repeat(28));
        for text in [
            "",
            "alice",
            "@example.com",
            "a@",
            "a b@example.com",
            "a@b@example.com",
            "a@b c.example",
            "a..b@example.com",
            ".a@example.com",
            "\"a b\"@example.com",
            "<a@example.com>",
            "Alice <a@example.com>",
            "a,b@example.com",
            "a@192.0.2.1",
            "a@[2001:db8::1]",
            "a@0x7f.1",
            "a@example.com.",
            "a@ex%61mple.com",
            "a@example.com:25",
            "a@-a.example",
            "a@a_b.example",
            "a\r\nBcc: b@example.com",
            "a\0@example.com",
            "a\u{200b}@example.com",
            "a@exam\u{ad}ple.com",
            &long_local,
            &long,
        ] {
            assert_eq!(MailAddress::parse(text), Err(MalformedMailAddress), "{text:?}");
        }
        for text in ["a@x", "o'neil!#$&*/=?^_`{|}~@example.co.uk", &format!("{}@a.example", "x".repeat(64))] {
            assert_eq!(address(text).as_str(), text);
        }
    }
}
