//! Everything that travels through a browser or rests in the database and must not be read or made by
//! others: one key a purpose, all from the master key, so that a restart forgets nothing.

mod seal;

pub use self::seal::{Mac, Resealed, Seal};
use crate::secret_file::{MasterKeys, fingerprint};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::grant::authorization_code::{AuthorizationCode, CodeSealKey};
use idp_core::passkey::{Challenge, UserHandle};
use idp_core::seal::SealError;
use idp_core::second_step_link::LinkCode;
use idp_core::secret::{RefreshTagKey, RefreshToken};
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The keys, one a purpose.
pub struct Seals {
    /// Login transactions in forms and in the address of the login and consent pages.
    pub transaction: Seal,
    /// What a log-out confirmation continues with.
    pub logout: Seal,
    /// The cookie by which a person's own browser is known to the throttle.
    pub known_device: Seal,
    /// A puzzle in a login form.
    pub work_puzzle: Seal,
    /// Secrets of authenticator apps at rest, each in the context of its owner.
    pub totp_secret: Seal,
    /// An authenticator app that is being added, in the form that adds it.
    pub totp_enrolment: Seal,
    /// Recovery codes that are being made, in the form that makes them.
    pub recovery_codes: Seal,
    /// A passkey that is being added, in the form that adds it.
    pub passkey_enrolment: Seal,
    /// Shows the provider that a request comes from a machine that has the master key.
    pub probe: Seal,
    /// Private keys at rest.
    pub signing_key: Arc<Seal>,
    /// Letters that wait to be sent.
    pub letter: Arc<Seal>,
    /// What the administration API answered, for those who ask again.
    pub keyed_answer: Seal,
    /// Accounts at certificate authorities, each in the context of its directory.
    pub acme_account: Seal,
    /// Private keys of certificates that were ordered, each in the context of its row.
    pub certificate_key: Seal,
    keyed_request: hmac::Key,
    form: Mac,
    link_code: Mac,
    passkey_challenge: hmac::Key,
    passkey_user: hmac::Key,
    /// Makes the session that a submitted login form opens, and its cookies.
    pub login_submission: hmac::Key,
    /// Marks the seals of the audit log.
    pub audit: Mac,
    /// Marks backups as made here.
    pub backup: hmac::Key,
    /// Names the buckets of the login throttle.
    pub throttle: hmac::Key,
    /// Chooses what a password for an unknown name is compared with.
    pub dummy_hash: hmac::Key,
    /// Seals authorization codes.
    pub code: CodeSealKey,
    /// Marks refresh tokens as made here.
    pub refresh_tag: RefreshTagKey,
    /// Those of master keys that still open, while another one seals.
    former: Vec<Self>,
    /// The fingerprints of the master keys, the one that seals first.
    pub fingerprints: Vec<String>,
}

impl Seals {
    /// Derives every key from the first of `masters`. What the others sealed opens as well.
    ///
    /// # Errors
    /// When the derivation fails.
    pub fn of(masters: &MasterKeys) -> Result<Self, SealError> {
        let mut seals = Self::new(masters)?;
        for master in masters.former() {
            let former = Self::new(master)?;
            seals.add_former(&former);
            seals.former.push(former);
        }
        seals.fingerprints = masters.fingerprints();
        Ok(seals)
    }

    fn add_former(&mut self, other: &Self) {
        for (seal, other) in [
            (&mut self.transaction, &other.transaction),
            (&mut self.logout, &other.logout),
            (&mut self.known_device, &other.known_device),
            (&mut self.work_puzzle, &other.work_puzzle),
            (&mut self.totp_secret, &other.totp_secret),
            (&mut self.totp_enrolment, &other.totp_enrolment),
            (&mut self.recovery_codes, &other.recovery_codes),
            (&mut self.passkey_enrolment, &other.passkey_enrolment),
            (&mut self.keyed_answer, &other.keyed_answer),
            (&mut self.acme_account, &other.acme_account),
            (&mut self.certificate_key, &other.certificate_key),
        ] {
            seal.former.push(Arc::clone(&other.key));
        }
        for (seal, other) in [(&mut self.signing_key, &other.signing_key), (&mut self.letter, &other.letter)]
        {
            let former = seal.former.iter().chain([&other.key]).cloned().collect();
            *seal = Arc::new(Seal { key: Arc::clone(&seal.key), former });
        }
        for (mac, other) in [
            (&mut self.audit, &other.audit),
            (&mut self.form, &other.form),
            (&mut self.link_code, &other.link_code),
        ] {
            mac.former.push(other.key.clone());
        }
    }

    /// Derives every key from `master` alone.
    ///
    /// # Errors
    /// When the derivation fails.
    pub fn new(master: &[u8; 32]) -> Result<Self, SealError> {
        Ok(Self {
            transaction: Seal::new(master, "login transaction")?,
            logout: Seal::new(master, "log-out request")?,
            known_device: Seal::new(master, "known device")?,
            work_puzzle: Seal::new(master, "work puzzle")?,
            totp_secret: Seal::new(master, "totp secret")?,
            totp_enrolment: Seal::new(master, "totp enrolment")?,
            recovery_codes: Seal::new(master, "recovery codes")?,
            passkey_enrolment: Seal::new(master, "passkey enrolment")?,
            probe: Seal::new(master, "probe")?,
            signing_key: Arc::new(Seal::new(master, "signing key")?),
            letter: Arc::new(Seal::new(master, "letter")?),
            keyed_answer: Seal::new(master, "keyed answer")?,
            acme_account: Seal::new(master, "acme account")?,
            certificate_key: Seal::new(master, "certificate key")?,
            keyed_request: hmac::Key::new(hmac::HMAC_SHA256, &derived(master, b"keyed request")),
            form: Mac::new(master, b"form token"),
            link_code: Mac::new(master, b"second step code"),
            passkey_challenge: hmac::Key::new(hmac::HMAC_SHA256, &derived(master, b"passkey challenge")),
            passkey_user: hmac::Key::new(hmac::HMAC_SHA256, &derived(master, b"passkey user")),
            login_submission: hmac::Key::new(hmac::HMAC_SHA256, &derived(master, b"login submission")),
            audit: Mac::new(master, b"audit log"),
            backup: hmac::Key::new(hmac::HMAC_SHA256, &derived(master, b"backup")),
            throttle: hmac::Key::new(hmac::HMAC_SHA256, &derived(master, b"login throttle")),
            dummy_hash: hmac::Key::new(hmac::HMAC_SHA256, &derived(master, b"dummy hash")),
            code: CodeSealKey::new(&derived(master, b"authorization code")),
            refresh_tag: RefreshTagKey::new(&derived(master, b"refresh token tag")),
            former: Vec::new(),
            fingerprints: vec![fingerprint(master)],
        })
    }

    /// The keys that name the requests to the administration API that are done once: that of now, and those that were named by before.
    pub fn keyed_request(&self) -> impl Iterator<Item = &hmac::Key> {
        std::iter::once(&self.keyed_request).chain(self.former.iter().map(|former| &former.keyed_request))
    }

    /// A refresh token that was made here; `None` for anything else.
    #[must_use]
    pub fn refresh_token(&self, text: &str) -> Option<RefreshToken> {
        let by = |seals: &Self| RefreshToken::parse(text, &seals.refresh_tag);
        by(self).or_else(|| self.former.iter().find_map(by))
    }

    /// An authorization code that was made here; `None` for anything else.
    #[must_use]
    pub fn authorization_code(&self, text: &str) -> Option<AuthorizationCode> {
        let by = |seals: &Self| AuthorizationCode::open(text, &seals.code);
        by(self).or_else(|| self.former.iter().find_map(by))
    }

    /// The token of one form: it holds for this kind of form, this browser or session, and this
    /// transaction only.
    #[must_use]
    pub fn form_token(&self, form: &FormBinding<'_>) -> String {
        URL_SAFE_NO_PAD.encode(self.form.sign(form.text().as_bytes()))
    }

    /// Whether `token` is the one of that form; takes the same time for any token.
    #[must_use]
    pub fn is_form_token(&self, token: &str, form: &FormBinding<'_>) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(token) else {
            return false;
        };
        self.form.verify(form.text().as_bytes(), &tag)
    }

    /// What a passkey that is used or made on the page of this form has to answer. It follows from the form's sealed
    /// transaction, which no other page has: so it is bound to the browser or session that the transaction is of, lives as
    /// long, and waits nowhere.
    #[must_use]
    pub fn passkey_challenge(&self, form: &'static str, tx: &str) -> Challenge {
        let binding = FormBinding { form, holder: "", tx };
        Challenge(block(&self.passkey_challenge, binding.text().as_bytes()))
    }

    /// What is kept of the code of a link in a letter, which counts for one sign-in. A code is short, so the hash has a key.
    #[must_use]
    pub fn link_code(&self, sign_in: Uuid, code: &LinkCode) -> String {
        URL_SAFE_NO_PAD.encode(self.link_code.sign(link_code_text(sign_in, code).as_bytes()))
    }

    /// Whether `kept` is that of this code; takes the same time for any code.
    #[must_use]
    pub fn is_link_code(&self, kept: &str, sign_in: Uuid, code: &LinkCode) -> bool {
        let tag = URL_SAFE_NO_PAD.decode(kept).unwrap_or_default();
        self.link_code.verify(link_code_text(sign_in, code).as_bytes(), &tag)
    }

    /// What authenticators file the passkeys of `user` under, as long as they have none.
    #[must_use]
    pub fn passkey_user(&self, user: Uuid) -> UserHandle {
        UserHandle(block(&self.passkey_user, user.as_bytes()))
    }
}

fn link_code_text(sign_in: Uuid, code: &LinkCode) -> Zeroizing<String> {
    Zeroizing::new(format!("{sign_in} {}", code.as_str()))
}

/// What a form token is bound to.
pub struct FormBinding<'a> {
    /// Which form it is.
    pub form: &'static str,
    /// The hash of the browser's or the session's secret.
    pub holder: &'a str,
    /// The sealed transaction in the same form.
    pub tx: &'a str,
}

impl FormBinding<'_> {
    /// Lengths first, so that no two bindings have one text.
    fn text(&self) -> String {
        format!("{}:{}:{}:{}:{}", self.form.len(), self.form, self.holder.len(), self.holder, self.tx)
    }
}

/// HMAC-SHA256 as the key derivation function of one block (RFC 5869 2.3 with one output block).
fn derived(master: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    block(&hmac::Key::new(hmac::HMAC_SHA256, master), purpose)
}

/// The one block of HMAC-SHA256.
fn block(key: &hmac::Key, input: &[u8]) -> [u8; 32] {
    let mut block = [0; 32];
    for (to, from) in block.iter_mut().zip(hmac::sign(key, input).as_ref()) {
        *to = *from;
    }
    block
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn s60_a_form_token_holds_for_one_form_of_one_browser() {
        let seals = Seals::new(&[7; 32]).unwrap();
        let mine = FormBinding { form: "login", holder: "h1", tx: "t1" };
        let token = seals.form_token(&mine);
        assert!(seals.is_form_token(&token, &mine));
        for other in [
            FormBinding { form: "consent", holder: "h1", tx: "t1" },
            FormBinding { form: "login", holder: "h2", tx: "t1" },
            FormBinding { form: "login", holder: "h1", tx: "t2" },
            FormBinding { form: "login", holder: "h1:2", tx: "t1" },
        ] {
            assert!(!seals.is_form_token(&token, &other));
        }
        for forged in ["", "AAAA", &token[1..]] {
            assert!(!seals.is_form_token(forged, &mine));
        }
        assert!(!Seals::new(&[8; 32]).unwrap().is_form_token(&token, &mine));
    }

    #[test]
    fn a_challenge_is_that_of_one_form() {
        let seals = Seals::new(&[7; 32]).unwrap();
        let mine = seals.passkey_challenge("login", "t1");
        assert_eq!(seals.passkey_challenge("login", "t1"), mine);
        for (form, tx) in [("add passkey", "t1"), ("login", "t2"), ("logint", "1")] {
            assert_ne!(seals.passkey_challenge(form, tx), mine);
        }
        assert_ne!(seals.form_token(&FormBinding { form: "login", holder: "", tx: "t1" }), mine.text());
        assert_ne!(Seals::new(&[8; 32]).unwrap().passkey_challenge("login", "t1"), mine);
    }

    #[test]
    fn s82_a_code_counts_for_the_sign_in_that_it_was_sent_for() {
        let seals = Seals::new(&[7; 32]).unwrap();
        let (mine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let code = LinkCode::parse("12345678").unwrap();
        let kept = seals.link_code(mine, &code);
        assert!(seals.is_link_code(&kept, mine, &code) && !seals.is_link_code(&kept, other, &code));
        assert!(!seals.is_link_code(&kept, mine, &LinkCode::parse("12345679").unwrap()));
        assert!(!seals.is_link_code("", mine, &code));
        assert!(!Seals::new(&[8; 32]).unwrap().is_link_code(&kept, mine, &code));
    }

    #[test]
    fn what_a_former_master_key_sealed_opens_and_is_sealed_anew() {
        let (old, new) = (Seals::new(&[7; 32]).unwrap(), Seals::new(&[8; 32]).unwrap());
        let both = Seals::of(&MasterKeys::of(&[[8; 32], [7; 32]])).unwrap();
        for (former, seal, alone) in [
            (&old.totp_secret, &both.totp_secret, &new.totp_secret),
            (&*old.signing_key, &*both.signing_key, &*new.signing_key),
            (&*old.letter, &*both.letter, &*new.letter),
            (&old.transaction, &both.transaction, &new.transaction),
            (&old.acme_account, &both.acme_account, &new.acme_account),
            (&old.certificate_key, &both.certificate_key, &new.certificate_key),
        ] {
            let sealed = former.close(&"x", "c").unwrap();
            assert_eq!(seal.open::<String>(&sealed, "c").as_deref(), Some("x"));
            assert_eq!(alone.open::<String>(&sealed, "c"), None);
            let Resealed::Anew(anew) = seal.reseal(&sealed, "c").unwrap() else { panic!("it is current") };
            assert_eq!(alone.open::<String>(&anew, "c").as_deref(), Some("x"));
            assert_eq!(seal.reseal(&anew, "c").unwrap(), Resealed::Current);
            assert_eq!(seal.reseal(&anew, "d").unwrap(), Resealed::Lost);
        }
        let form = FormBinding { form: "login", holder: "h1", tx: "t1" };
        assert!(both.is_form_token(&old.form_token(&form), &form));
        assert!(new.is_form_token(&both.form_token(&form), &form));
        let token = |seals: &Seals| {
            let id = Uuid::from_u128(1);
            RefreshToken::generate(id, id, &seals.refresh_tag, &mut crate::random::rng())
        };
        assert!(both.refresh_token(token(&old).expose()).is_some());
        assert!(new.refresh_token(token(&both).expose()).is_some());
        assert!(new.refresh_token(token(&old).expose()).is_none());
        assert_eq!((both.fingerprints.len(), &both.fingerprints[..1]), (2, &new.fingerprints[..]));
    }

    #[test]
    fn what_was_sealed_for_one_purpose_opens_for_no_other() {
        let seals = Seals::new(&[7; 32]).unwrap();
        let sealed = seals.transaction.close(&"x", "").unwrap();
        assert_eq!(seals.transaction.open::<String>(&sealed, "").as_deref(), Some("x"));
        assert!(seals.logout.open::<String>(&sealed, "").is_none());
        assert!(seals.transaction.open::<String>(&sealed, "y").is_none());
    }
}
