//! What of an entry of the log travels to every listener: its number, kind and times in the clear, what it names as a
//! hash, its cause sealed.

use serde::Serialize;

use super::{Kind, Revocation, cause, name};
use crate::time::UnixTime;

/// An entry on the wire.
#[derive(Clone, Serialize, Debug)]
pub struct Entry {
    n: i64,
    kind: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_before: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    /// Milliseconds, as everything in a batch that is not a claim of a token.
    at: i64,
    exp: i64,
}

impl Entry {
    /// What the listeners of this issuer are told of a revocation that the node learns of at `now`; `None` for a user,
    /// whose sessions are named instead. A `sub` that is another one at each client could not be matched.
    #[must_use]
    pub fn of(revocation: &Revocation, issuer: &str, now: UnixTime) -> Option<Self> {
        let Revocation { number, revoked, .. } = revocation;
        let hashed = || name::hashed(issuer, revoked.kind, &revoked.value);
        let sealed = || cause::sealed(issuer, &revoked.value, *number, revocation.cause).ok();
        let (name, cause) = match revoked.kind {
            Kind::User => return None,
            Kind::All => (String::new(), None),
            // No secret: the key set is public.
            Kind::Key => (revoked.value.clone(), None),
            Kind::Token | Kind::Grant | Kind::Session | Kind::Client | Kind::ClientAsSubject => {
                (hashed(), sealed())
            }
        };
        Some(Self {
            n: *number,
            kind: revoked.kind.as_str(),
            name,
            // A clock that was ahead when it wrote this voids nothing of what is issued from now on.
            issued_before: revoked.issued_before.map(|time| time.believed(now).as_secs()),
            cause,
            at: revocation.at.as_secs().saturating_mul(1000),
            exp: revocation.expires_at.as_secs(),
        })
    }

    /// From when on no token that it concerns can be accepted anywhere.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        UnixTime(self.exp)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::client::ClientId;
    use crate::revocation::Revoked;
    use crate::session::EndCause;
    use uuid::Uuid;

    const ISSUER: &str = "https://idp.example";

    fn on_the_wire(revoked: Revoked) -> Option<String> {
        let (at, expires_at) = (UnixTime(100), UnixTime(2000));
        let revocation = Revocation { number: 7, revoked, cause: EndCause::LoggedOut, at, expires_at };
        Entry::of(&revocation, ISSUER, at).map(|entry| serde_json::to_string(&entry).unwrap())
    }

    #[test]
    fn a1_a_time_of_a_clock_that_was_ahead_is_told_to_no_listener() {
        let cutoff = |revoked| {
            let text = on_the_wire(revoked).unwrap();
            let entry: serde_json::Value = serde_json::from_str(&text).unwrap();
            entry.get("issued_before").and_then(serde_json::Value::as_i64)
        };
        let client = ClientId::parse("site-a").unwrap();
        assert_eq!(cutoff(Revoked::all(UnixTime(100 + 7200))), Some(100));
        assert_eq!(cutoff(Revoked::client(&client, UnixTime(i64::MAX))), Some(100));
        assert_eq!(cutoff(Revoked::all(UnixTime(100 + 60))), Some(172), "clocks may differ by so much");
    }

    #[test]
    fn a11_no_entry_shows_whom_it_is_about_or_why() {
        let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
        let jti = "AZAAAAAAcACAAAAAAAAAAQ.AAAAAAAAAAAAAAAAAAAAAg";
        let client = ClientId::parse("site-of-a-clinic").unwrap();
        for revoked in [
            Revoked::token(jti),
            Revoked::grant(id),
            Revoked::session(id),
            Revoked::client(&client, UnixTime(100)),
        ] {
            let value = revoked.value.clone();
            let text = on_the_wire(revoked).unwrap();
            assert!(!text.contains(&value) && !text.contains("logged_out"), "{text}");
        }
        assert_eq!(on_the_wire(Revoked::user(id, UnixTime(100))), None, "its sessions are named instead");
    }

    #[test]
    fn what_concerns_everybody_is_in_the_clear() {
        let all = on_the_wire(Revoked::all(UnixTime(100))).unwrap();
        assert_eq!(all, r#"{"n":7,"kind":"all","issued_before":112,"at":100000,"exp":2000}"#);
        let key = on_the_wire(Revoked::key("key-1")).unwrap();
        assert_eq!(key, r#"{"n":7,"kind":"kid","name":"key-1","at":100000,"exp":2000}"#);
    }
}
