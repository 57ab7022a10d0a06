//! One attempt to sign in, from the redirect to the provider until the browser comes back: what must
//! be remembered, sealed in a cookie of its own whose name follows from `state`. So N tabs can sign in
//! at once, and an answer is only taken by the browser that asked. RFC 6749 section 10.12; RFC 9700
//! section 4.7; OpenID Connect Core section 15.5.2.

use std::time::Duration;

use actix_web::{HttpRequest, cookie::Cookie};
use serde::{Deserialize, Serialize};

use crate::{
    sign_in::browser::{
        cookies::{self, Cookies},
        local_path::LocalPath,
        seal::{SealError, Sealer, sha256},
    },
    time::UnixTime,
};

/// Seconds that a user may take at the provider.
const LIFETIME: i64 = 600;
/// No cookie of a transaction is taken for longer, whichever way the clocks of two nodes differ.
pub(crate) const TAKEN_FOR: Duration = Duration::from_secs(2 * LIFETIME.unsigned_abs());
/// Attempts that one browser may have open; the oldest give way.
const MAX_OPEN: usize = 5;
/// Octets of their cookies, which come along with every request: servers take 8 KB of them at most.
const MAX_OPEN_BYTES: usize = 3 * 1024;

/// What is remembered about an attempt.
#[derive(Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) nonce: String,
    pub(crate) pkce_verifier: String,
    pub(crate) return_to: String,
    /// Begun with `prompt=none`: the person must not notice when it leads nowhere.
    pub(crate) is_silent: bool,
    begun_at: i64,
}

impl Transaction {
    /// An attempt that begins now.
    pub(crate) fn begin(
        nonce: String,
        pkce_verifier: String,
        return_to: LocalPath,
        is_silent: bool,
        now: UnixTime,
    ) -> Self {
        let return_to = return_to.as_str().to_owned();
        Self { nonce, pkce_verifier, return_to, is_silent, begun_at: now.as_secs() }
    }

    /// Octets that the answer to this attempt takes in a response head, beside the session.
    pub(crate) fn response_bytes(&self, cookies: &Cookies) -> usize {
        self.return_to.len() + removal(cookies, "").to_string().len()
    }

    fn is_open(&self, now: UnixTime) -> bool {
        let age = now.secs_since(UnixTime::from_secs(self.begun_at));
        (-LIFETIME..LIFETIME).contains(&age)
    }
}

/// The cookie that remembers `transaction` until the answer with `state` arrives.
pub(crate) fn cookie(
    cookies: &Cookies,
    sealer: &Sealer,
    state: &str,
    transaction: &Transaction,
) -> Result<Cookie<'static>, SealError> {
    let name = cookie_name(cookies, state);
    let value = sealer.seal(&name, transaction)?;
    let mut cookie = cookies.lax(name, value);
    cookie.set_max_age(actix_web::cookie::time::Duration::seconds(LIFETIME));
    Ok(cookie)
}

/// The attempt of this browser that an answer with `state` belongs to, if it is still open, and the
/// value of its cookie.
pub(crate) fn of_state<'a>(
    request: &'a HttpRequest,
    cookies: &Cookies,
    sealer: &Sealer,
    state: &str,
    now: UnixTime,
) -> Option<(&'a str, Transaction)> {
    let name = cookie_name(cookies, state);
    let open = |value| sealer.open(&name, value).map(|transaction: Transaction| (value, transaction));
    let found = cookies::named(request, &name).into_iter().find_map(open);
    found.filter(|(_, transaction)| transaction.is_open(now))
}

/// Ends an attempt, successful or not.
pub(crate) fn removal(cookies: &Cookies, state: &str) -> Cookie<'static> {
    cookies::removal(cookies.lax(cookie_name(cookies, state), String::new()))
}

/// Which attempts of this browser must go so that `cookie` of one more has room: the dead, then the oldest.
pub(crate) fn overdue(
    request: &HttpRequest,
    cookies: &Cookies,
    sealer: &Sealer,
    cookie: &Cookie<'_>,
    now: UnixTime,
) -> Vec<Cookie<'static>> {
    let prefix = cookies.transaction_prefix();
    let ours = cookies::all(request).into_iter().filter(|(name, _)| name.starts_with(&prefix));
    let attempts = ours.map(|(name, value)| {
        let opened: Option<Transaction> = sealer.open(name, value);
        let open = opened.filter(|transaction| transaction.is_open(now));
        Attempt { name, bytes: name.len() + value.len(), begun_at: open.map(|open| open.begun_at) }
    });
    let names = to_drop(attempts.collect(), cookie.name().len() + cookie.value().len());
    names.into_iter().map(|name| cookies::removal(cookies.lax(name.to_owned(), String::new()))).collect()
}

/// The cookie of an attempt. A dead one has no beginning.
struct Attempt<'a> {
    name: &'a str,
    bytes: usize,
    begun_at: Option<i64>,
}

/// The newest stay that fit beside `new_bytes`. No response removes more than it has room for.
fn to_drop(mut attempts: Vec<Attempt<'_>>, new_bytes: usize) -> Vec<&str> {
    attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.begun_at));
    let (mut open, mut bytes) = (1, new_bytes);
    let mut dropped: Vec<_> = attempts
        .into_iter()
        .skip_while(|attempt| {
            open += 1;
            bytes += attempt.bytes;
            attempt.begun_at.is_some() && open <= MAX_OPEN && bytes <= MAX_OPEN_BYTES
        })
        .map(|attempt| attempt.name)
        .collect();
    dropped.reverse();
    dropped.truncate(MAX_OPEN);
    dropped
}

/// The name gives nothing away about `state`, which is a secret until it is used.
fn cookie_name(cookies: &Cookies, state: &str) -> String {
    let hash = sha256(state);
    let digits: String = hash.iter().take(12).map(|octet| format!("{octet:02x}")).collect();
    format!("{}{digits}", cookies.transaction_prefix())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sign_in::browser::seal::CookieKey;
    use actix_web::test::TestRequest;

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    struct Browser {
        cookies: Cookies,
        sealer: Sealer,
    }

    impl Browser {
        fn new() -> Self {
            let sealer = Sealer::new(&CookieKey::from_bytes([1; 32]), &[], &[]).unwrap();
            Self { cookies: Cookies::of_mount("/auth"), sealer }
        }

        fn begin(&self, state: &str, now: UnixTime) -> Cookie<'static> {
            let origin = url::Url::parse("https://a.example").unwrap();
            let return_to = LocalPath::parse("/", &origin).unwrap();
            let transaction = Transaction::begin("n".to_owned(), "v".to_owned(), return_to, false, now);
            cookie(&self.cookies, &self.sealer, state, &transaction).unwrap()
        }

        fn answered(&self, kept: &[Cookie<'static>], state: &str, now: UnixTime) -> bool {
            let request = with(kept);
            of_state(&request, &self.cookies, &self.sealer, state, now).is_some()
        }
    }

    fn with(kept: &[Cookie<'static>]) -> HttpRequest {
        let request = kept.iter().fold(TestRequest::get(), |request, cookie| request.cookie(cookie.clone()));
        request.to_http_request()
    }

    #[test]
    fn s33_an_answer_belongs_to_one_attempt_of_one_browser() {
        let browser = Browser::new();
        let kept = [browser.begin("one", NOW), browser.begin("two", NOW)];
        assert!(browser.answered(&kept, "one", NOW));
        assert!(browser.answered(&kept, "two", NOW));
        assert!(!browser.answered(&kept, "three", NOW));
        assert!(!browser.answered(&kept, "", NOW));
        assert!(!browser.answered(&[], "one", NOW));
    }

    #[test]
    fn s33_a_cookie_moved_to_another_state_does_not_open() {
        let browser = Browser::new();
        let (mut moved, other) = (browser.begin("one", NOW), browser.begin("two", NOW));
        moved.set_name(other.name().to_owned());
        assert!(!browser.answered(&[moved], "two", NOW));
    }

    #[test]
    fn s33_an_attempt_ends_after_ten_minutes() {
        let browser = Browser::new();
        let kept = [browser.begin("one", NOW)];
        assert!(browser.answered(&kept, "one", NOW.plus_secs(LIFETIME - 1)));
        assert!(!browser.answered(&kept, "one", NOW.plus_secs(LIFETIME)));
    }

    #[test]
    fn s64_five_attempts_are_kept_and_the_oldest_gives_way() {
        let browser = Browser::new();
        let kept: Vec<_> = (0..6).map(|n| browser.begin(&format!("s{n}"), NOW.plus_secs(n))).collect();
        let mut with_foreign = kept.clone();
        with_foreign.push(Cookie::new("__Host-auth.login-00", "planted"));
        let new = browser.begin("new", NOW.plus_secs(9));
        let dropped =
            overdue(&with(&with_foreign), &browser.cookies, &browser.sealer, &new, NOW.plus_secs(9));
        let dropped: Vec<_> = dropped.iter().map(|cookie| cookie.name().to_owned()).collect();
        assert_eq!(dropped, ["__Host-auth.login-00", kept[0].name(), kept[1].name()]);
        assert!(overdue(&with(&kept[..4]), &browser.cookies, &browser.sealer, &new, NOW).is_empty());
    }
}
