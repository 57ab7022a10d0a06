//! What binds the sign-ins of a browser to it: one cookie with a secret, from which the PKCE verifier and the
//! nonce of each attempt are derived. An answer that another browser began is worth nothing here, for its
//! verifier cannot be made. Beside the secret it says what was answered. RFC 6749 section 10.12; RFC 7636
//! section 4.1; RFC 9700 section 4.7.1; OpenID Connect Core section 15.5.2.

use actix_web::{HttpRequest, cookie::Cookie};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use oauth2::PkceCodeVerifier;
use zeroize::Zeroizing;

use super::{rounds::Rounds, state::SignInState};
use crate::sign_in::{
    browser::{
        cookies::{self, Cookies},
        seal::{self, Keys, SealError, Sealer, sha256},
    },
    memory::answered::Answered,
};

/// How long a browser keeps it after a sign-in. One that lost it meanwhile begins anew by itself, once.
const KEPT_FOR: actix_web::cookie::time::Duration = actix_web::cookie::time::Duration::days(30);
/// Octets of the cookie in a response head, beside its name.
const COOKIE_BYTES: usize = 188;

/// One browser, as far as signing in goes.
#[derive(Clone)]
pub(crate) struct Binding {
    secret: Zeroizing<[u8; 16]>,
    pub(crate) answered: Answered,
    pub(crate) rounds: Rounds,
}

/// What one attempt keeps to itself.
pub(crate) struct FlowSecrets {
    pub(crate) verifier: PkceCodeVerifier,
    pub(crate) nonce: String,
}

impl Binding {
    /// The binding of a browser that has none.
    pub(crate) fn new() -> Result<Self, SealError> {
        Ok(Self {
            secret: Zeroizing::new(seal::random()?),
            answered: Answered::default(),
            rounds: Rounds::default(),
        })
    }

    /// The bindings that the browser brought along: one, unless an attacker planted another.
    pub(crate) fn all_of(request: &HttpRequest, cookies: &Cookies, sealer: &Sealer) -> Vec<Self> {
        let name = cookies.browser_name();
        let values = cookies::named(request, &name);
        values.into_iter().filter_map(|value| Self::of_octets(&sealer.open_octets(&name, value)?)).collect()
    }

    fn of_octets(octets: &[u8]) -> Option<Self> {
        let (secret, octets) = octets.split_first_chunk()?;
        let (rounds, answered) = octets.split_first_chunk()?;
        let (rounds, answered) = (Rounds::of_octets(*rounds), Answered::of_octets(answered)?);
        Some(Self { secret: Zeroizing::new(*secret), answered, rounds })
    }

    /// Names the browser without giving its secret away.
    pub(crate) fn tag(&self) -> [u8; 16] {
        let hash = sha256(&format!("browser {}", URL_SAFE_NO_PAD.encode(*self.secret)));
        hash.first_chunk().copied().unwrap_or_default()
    }

    /// The secrets of an attempt that was sealed under `keys`.
    pub(crate) fn secrets(&self, keys: &Keys, state: &SignInState) -> FlowSecrets {
        let parts = Zeroizing::new([state.id, *self.secret].concat());
        let derived = |purpose| URL_SAFE_NO_PAD.encode(keys.derived(purpose, &parts));
        FlowSecrets { verifier: PkceCodeVerifier::new(derived("pkce")), nonce: derived("nonce") }
    }

    /// The same, and how often it signed in lately counts for nothing.
    pub(crate) fn afresh(self) -> Self {
        Self { rounds: Rounds::default(), ..self }
    }

    /// The cookie that keeps it.
    pub(crate) fn cookie(&self, cookies: &Cookies, sealer: &Sealer) -> Result<Cookie<'static>, SealError> {
        let name = cookies.browser_name();
        let octets =
            Zeroizing::new([self.secret.as_slice(), &self.rounds.octets(), &self.answered.octets()].concat());
        let value = sealer.seal_octets(&name, &octets)?;
        let mut cookie = cookies.lax(name, value);
        cookie.set_max_age(KEPT_FOR);
        Ok(cookie)
    }

    /// Octets that the cookie takes in a response head.
    pub(crate) fn response_bytes(cookies: &Cookies) -> usize {
        cookies.browser_name().len() + COOKIE_BYTES
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sign_in::browser::seal::CookieKey;
    use actix_web::test::TestRequest;

    fn sealer() -> Sealer {
        Sealer::new(&CookieKey::from_bytes([1; 32]), &[], &[]).unwrap()
    }

    fn state(id: u8, browser: &Binding) -> SignInState {
        SignInState {
            id: [id; 16],
            browser: browser.tag(),
            return_to: "/".to_owned(),
            is_silent: false,
            restarts: 0,
            step_up: None,
            begun_at: 0,
            trace: None,
        }
    }

    #[test]
    fn s33_secrets_belong_to_one_attempt_of_one_browser() {
        let sealer = sealer();
        let (one, other) = (Binding::new().unwrap(), Binding::new().unwrap());
        let of = |binding: &Binding, id| {
            let secrets = binding.secrets(sealer.present(), &state(id, &one));
            (secrets.verifier.into_secret(), secrets.nonce)
        };
        let ours = of(&one, 1);
        assert_eq!((ours.0.len(), ours.1.len()), (43, 43));
        assert_eq!(of(&one, 1), ours);
        for others in [of(&one, 2), of(&other, 1)] {
            assert!(others.0 != ours.0 && others.1 != ours.1);
        }
        assert_ne!(ours.0, ours.1, "the nonce is in the request, the verifier must not be");
        assert_ne!(one.tag(), other.tag());
    }

    #[test]
    fn s33_b5_the_cookie_opens_again_and_is_small() {
        let (cookies, sealer) = (Cookies::of_mount("/auth"), sealer());
        let fresh = Binding::new().unwrap();
        let answered = (0..9).fold(Answered::default(), |all, number| all.with(number, [number as u8; 16]));
        let binding = Binding { answered, ..fresh };
        let cookie = binding.cookie(&cookies, &sealer).unwrap();
        let line = cookie.to_string();
        assert!(line.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000"), "{line}");
        assert!(line.len() + "set-cookie: \r\n".len() <= Binding::response_bytes(&cookies), "{}", line.len());
        let request = TestRequest::get().cookie(cookie).to_http_request();
        let opened = Binding::all_of(&request, &cookies, &sealer);
        assert_eq!((opened[0].tag(), &opened[0].answered), (binding.tag(), &binding.answered));
    }
}
