//! One submission of a login form: the session it opens and the cookies it sets, derived from the form. A form that is
//! submitted twice (a double click, a browser that repeats a request) so opens one session, and whichever answer
//! the browser keeps has the cookies of it (B4). The key is the provider's: who sees a form cannot derive them.

use crate::random;
use aws_lc_rs::hmac;
use idp_core::secret::{Secret, SecretKind};
use idp_core::time::UnixTime;
use uuid::Uuid;

/// What a submission brings into being, if nothing of it is there yet.
pub struct Submission {
    /// The session.
    pub sid: Uuid,
    /// Its cookie.
    pub session: Secret,
    /// The device, for a browser that is none yet.
    pub device_id: Uuid,
    /// Its cookie.
    pub device: Secret,
}

impl Submission {
    /// The submission of the form that carries `tx`, made at `made_at`, by a browser that proved to be `user`'s.
    #[must_use]
    pub fn of_form(key: &hmac::Key, tx: &str, made_at: UnixTime, user: Uuid) -> Self {
        let context = format!("{user}{tx}");
        Self {
            sid: derived_id(key, "sid", &context, made_at),
            session: Secret::derive(SecretKind::Session, key, context.as_bytes()),
            device_id: derived_id(key, "device", &context, made_at),
            device: Secret::derive(SecretKind::Device, key, context.as_bytes()),
        }
    }

    /// A submission like no other, for a form that has been used up.
    #[must_use]
    pub fn fresh(now: UnixTime) -> Self {
        Self {
            sid: random::new_id(now),
            session: Secret::generate(SecretKind::Session, &mut random::rng()),
            device_id: random::new_id(now),
            device: Secret::generate(SecretKind::Device, &mut random::rng()),
        }
    }
}

/// An id that sorts by time, as [`random::new_id`] makes them.
fn derived_id(key: &hmac::Key, name: &str, context: &str, made_at: UnixTime) -> Uuid {
    let tag = hmac::sign(key, format!("id {name}\0{context}").as_bytes());
    let mut bits = [0; 10];
    bits.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
    random::id_of(made_at, &bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b4_the_same_form_makes_the_same_session_and_any_other_another() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let (alice, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let of = |key: &hmac::Key, tx, at, user| {
            let made = Submission::of_form(key, tx, UnixTime(at), user);
            let (session, device) = (made.session.expose().to_owned(), made.device.expose().to_owned());
            (made.sid, session, made.device_id, device)
        };
        let made = of(&key, "tx", 1_700_000_000, alice);
        assert_eq!(of(&key, "tx", 1_700_000_000, alice), made);
        assert_ne!(made.0, made.2);
        let other_key = hmac::Key::new(hmac::HMAC_SHA256, &[8; 32]);
        for other in [
            of(&key, "tx2", 1_700_000_000, alice),
            of(&key, "tx", 1_700_000_000, bob),
            of(&other_key, "tx", 1_700_000_000, alice),
        ] {
            assert!(other.0 != made.0 && other.1 != made.1 && other.2 != made.2 && other.3 != made.3);
        }
        assert!(Secret::parse(SecretKind::Session, &made.1).is_some());
        assert!(Secret::parse(SecretKind::Device, &made.3).is_some());
    }
}
