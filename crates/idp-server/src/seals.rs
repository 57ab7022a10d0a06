//! Everything that travels through a browser or rests in the database and must not be read or made by
//! others: one key a purpose, all from the master key, so that a restart forgets nothing.

mod seal;

use self::seal::Keys;
pub use self::seal::{Mac, Resealed, Seal, SealedUnder};
use crate::secret_file::MasterKeys;
use arc_swap::ArcSwap;
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

/// The sealing keys of a process. Those of other master keys take their place, for all that share them at once.
pub type SharedSeals = Arc<ArcSwap<Seals>>;

/// The keys, one a purpose. What opens or is compared with a key is of a type that has those of all master keys, so that none is
/// forgotten while there are two.
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
    pub letter: Seal,
    /// What the administration API answered, for those who ask again.
    pub keyed_answer: Seal,
    /// Accounts at certificate authorities, each in the context of its directory.
    pub acme_account: Seal,
    /// Private keys of certificates that were ordered, each in the context of its row.
    pub certificate_key: Seal,
    /// The key of the dummy hashes, which outlives the master key that it was first derived from.
    pub dummy_hash: Seal,
    /// Names the requests to the administration API that are done once.
    pub keyed_request: Mac,
    form: Mac,
    link_code: Mac,
    passkey_challenge: Mac,
    passkey_user: Mac,
    login_submission: Mac,
    /// Marks the seals of the audit log.
    pub audit: Mac,
    /// Marks backups as made here.
    pub backup: Mac,
    /// Names the buckets of the login throttle.
    pub throttle: Mac,
    code: Keys<CodeSealKey>,
    refresh_tag: Keys<RefreshTagKey>,
    /// What a new installation chooses dummy hashes by.
    pub first_dummy_hash_key: Zeroizing<[u8; 32]>,
    /// The fingerprints of the master keys, the one that seals first.
    pub fingerprints: Vec<String>,
    masters: MasterKeys,
}

impl Seals {
    /// Derives every key from the first of `masters`. What the others sealed opens as well.
    ///
    /// # Errors
    /// When the derivation fails.
    pub fn of(masters: &MasterKeys) -> Result<Self, SealError> {
        let seal = |purpose: &str| Seal::of(masters, purpose);
        let mac = |purpose: &[u8]| Keys::of(masters, |master| Ok(hmac_key(master, purpose))).map(Mac);
        Ok(Self {
            transaction: seal("login transaction")?,
            logout: seal("log-out request")?,
            known_device: seal("known device")?,
            work_puzzle: seal("work puzzle")?,
            totp_secret: seal("totp secret")?,
            totp_enrolment: seal("totp enrolment")?,
            recovery_codes: seal("recovery codes")?,
            passkey_enrolment: seal("passkey enrolment")?,
            probe: seal("probe")?,
            signing_key: Arc::new(seal("signing key")?),
            letter: seal("letter")?,
            keyed_answer: seal("keyed answer")?,
            acme_account: seal("acme account")?,
            certificate_key: seal("certificate key")?,
            dummy_hash: seal("dummy hash key")?,
            keyed_request: mac(b"keyed request")?,
            form: mac(b"form token")?,
            link_code: mac(b"second step code")?,
            passkey_challenge: mac(b"passkey challenge")?,
            passkey_user: mac(b"passkey user")?,
            login_submission: mac(b"login submission")?,
            audit: mac(b"audit log")?,
            backup: mac(b"backup")?,
            throttle: mac(b"login throttle")?,
            code: Keys::of(masters, |master| Ok(CodeSealKey::new(&derived(master, b"authorization code"))))?,
            refresh_tag: Keys::of(masters, |master| {
                Ok(RefreshTagKey::new(&derived(master, b"refresh token tag")))
            })?,
            first_dummy_hash_key: Zeroizing::new(derived(masters, b"dummy hash")),
            fingerprints: masters.fingerprints(),
            masters: masters.clone(),
        })
    }

    /// Derives every key from `master` alone.
    ///
    /// # Errors
    /// When the derivation fails.
    pub fn new(master: &[u8; 32]) -> Result<Self, SealError> {
        Self::of(&MasterKeys::one(master))
    }

    /// The same with the master key of this fingerprint first; `None` when it is not among them.
    ///
    /// # Errors
    /// When the derivation fails.
    pub fn sealing_under(&self, known: &str) -> Result<Option<Self>, SealError> {
        self.masters.clone().sealing_under(known).map(|masters| Self::of(&masters)).transpose()
    }

    /// Whether the master key of this fingerprint is among them. Before the first rotation none is known, and any is the one.
    #[must_use]
    pub fn have(&self, known: Option<&str>) -> bool {
        known.is_none_or(|known| self.fingerprints.iter().any(|own| own == known))
    }

    /// Marks the refresh tokens that are made.
    #[must_use]
    pub fn refresh_tag(&self) -> &RefreshTagKey {
        &self.refresh_tag.first
    }

    /// A refresh token that was made here; `None` for anything else.
    #[must_use]
    pub fn refresh_token(&self, text: &str) -> Option<RefreshToken> {
        self.refresh_tag.all().find_map(|tag| RefreshToken::parse(text, tag))
    }

    /// Seals the authorization codes that are made.
    #[must_use]
    pub fn code(&self) -> &CodeSealKey {
        &self.code.first
    }

    /// An authorization code that was made here; `None` for anything else.
    #[must_use]
    pub fn authorization_code(&self, text: &str) -> Option<AuthorizationCode> {
        self.code.all().find_map(|key| AuthorizationCode::open(text, key))
    }

    /// Makes the session that a submitted login form opens, and its cookies: of the master key that the form was sealed under, so
    /// that one which is sent twice opens one session, also when another key seals by then.
    #[must_use]
    pub fn login_submission(&self, form: &SealedUnder) -> &hmac::Key {
        self.login_submission.0.under(Some(&form.0)).unwrap_or(&self.login_submission.0.first)
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
        challenge(&self.passkey_challenge.0.first, form, tx)
    }

    /// All that the page of this form may have asked: a node that sealed under another master key may have made it.
    #[must_use]
    pub fn passkey_challenges(&self, form: &'static str, tx: &str) -> Vec<Challenge> {
        self.passkey_challenge.0.all().map(|key| challenge(key, form, tx)).collect()
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
        UserHandle(block(&self.passkey_user.0.first, user.as_bytes()))
    }
}

fn challenge(key: &hmac::Key, form: &'static str, tx: &str) -> Challenge {
    Challenge(block(key, FormBinding { form, holder: "", tx }.text().as_bytes()))
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

fn hmac_key(master: &[u8; 32], purpose: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &derived(master, purpose))
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
            (&old.letter, &both.letter, &new.letter),
            (&old.probe, &both.probe, &new.probe),
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
            RefreshToken::generate(id, id, seals.refresh_tag(), &mut crate::random::rng())
        };
        assert!(both.refresh_token(token(&old).expose()).is_some());
        assert!(new.refresh_token(token(&both).expose()).is_some());
        assert!(new.refresh_token(token(&old).expose()).is_none());
        assert_eq!((both.fingerprints.len(), &both.fingerprints[..1]), (2, &new.fingerprints[..]));
    }

    #[test]
    fn a_page_made_under_one_master_key_is_answered_under_the_other() {
        let (old, new) = (Seals::new(&[7; 32]).unwrap(), Seals::new(&[8; 32]).unwrap());
        // A node that has changed over, and one that is about to.
        for keys in [[[8; 32], [7; 32]], [[7; 32], [8; 32]]] {
            let both = Seals::of(&MasterKeys::of(&keys)).unwrap();
            let challenges = both.passkey_challenges("login", "t1");
            assert!(challenges.contains(&old.passkey_challenge("login", "t1")));
            assert!(challenges.contains(&new.passkey_challenge("login", "t1")));
            assert_eq!(challenges.first(), Some(&both.passkey_challenge("login", "t1")));
            for made in [&old, &new] {
                let sealed = made.transaction.close(&"x", "").unwrap();
                let (_, under): (String, _) = both.transaction.open_under(&sealed, "").unwrap();
                let (_, alone): (String, _) = made.transaction.open_under(&sealed, "").unwrap();
                let made_of = |seals: &Seals, under| block(seals.login_submission(under), b"x");
                assert_eq!(made_of(&both, &under), made_of(made, &alone));
            }
            assert!(both.passkey_challenges("login", "t2").iter().all(|other| !challenges.contains(other)));
        }
    }

    #[test]
    fn what_rests_is_sealed_under_the_key_that_the_database_names_or_not_at_all() {
        let (old, new) = (Seals::new(&[7; 32]).unwrap(), Seals::new(&[8; 32]).unwrap());
        let both = Seals::of(&MasterKeys::of(&[[7; 32], [8; 32]])).unwrap();
        let (first, second) = (&old.fingerprints[0], &new.fingerprints[0]);
        let sealed = both.totp_secret.close(&"x", "c").unwrap();
        assert_eq!(both.totp_secret.under(None, &sealed, "c").unwrap(), Some(sealed.clone()));
        assert_eq!(both.totp_secret.under(Some(first), &sealed, "c").unwrap(), Some(sealed.clone()));
        let anew = both.totp_secret.under(Some(second), &sealed, "c").unwrap().unwrap();
        assert_eq!(new.totp_secret.open::<String>(&anew, "c").as_deref(), Some("x"));
        assert_eq!(old.totp_secret.open::<String>(&anew, "c"), None);
        assert_eq!(old.totp_secret.under(Some(second), &sealed, "c").unwrap(), None);
        assert!(both.totp_secret.under(None, "nothing", "c").is_err());
        assert!(both.have(None) && both.have(Some(second)) && !old.have(Some(second)) && old.have(None));
        let turned = both.sealing_under(second).unwrap().unwrap();
        assert_eq!(turned.fingerprints, [second.clone(), first.clone()]);
        assert!(old.sealing_under(second).unwrap().is_none());
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
