//! An authenticator in software, with the half of the browser that speaks for it: it answers what a page asks for, and can
//! answer wrongly.

#![allow(clippy::disallowed_methods, reason = "tests make their own keys")]

use crate::{Answer, Browser, TestIdp};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::passkey::{CredentialId, Passkey, PasskeyPublicKey, UserHandle};
use idp_core::time::UnixTime;
use idp_server::db::{Locks, passkeys};
use idp_server::random;
use serde_json::{Value, json};
use std::cell::Cell;
use uuid::{Uuid, uuid};

/// The flags of authenticator data: the user is present and verified.
pub const VERIFIED: u8 = 0b101;
/// The same of a passkey that is on several devices.
pub const SYNCED: u8 = VERIFIED | 0b1_1000;
const ATTESTED: u8 = 0b100_0000;
/// Says that it is Google's.
const AAGUID: Uuid = uuid!("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4");

/// One passkey and what is said with it.
pub struct SoftwarePasskey {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    handle: Vec<u8>,
    /// The origin of the page, as the browser says it.
    pub origin: String,
    /// The RP ID.
    pub relying_party: String,
    /// What the authenticator says of the user and of copies.
    pub flags: u8,
    /// What it counts; 0 counts nothing.
    pub count: Cell<u32>,
}

fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A row of a passkey that cannot be used.
#[must_use]
pub fn sample(user: Uuid, name: &str) -> Passkey {
    // EdDSA on Ed25519, in COSE.
    let key = "pAEBAycgBiFYIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let at = UnixTime(1_795_000_000);
    Passkey {
        id: random::new_id(at),
        user,
        user_handle: UserHandle([7; 32]),
        name: name.to_owned(),
        credential_id: CredentialId::parse("AAAA").unwrap(),
        public_key: PasskeyPublicKey::parse(key).unwrap(),
        sign_count: u32::MAX,
        is_backup_eligible: true,
        is_backed_up: false,
        transports: vec!["hybrid".to_owned(), "internal".to_owned()],
        aaguid: AAGUID,
        is_asked_for: true,
        created_at: at,
        last_used_at: None,
    }
}

/// What the script of a page asks the browser for.
///
/// # Panics
/// When it asks for nothing.
#[must_use]
pub fn asked(page: &Answer) -> Value {
    let shown = page.body.split(" data-passkey=\"").nth(1).and_then(|rest| rest.split('"').next());
    let shown = shown.unwrap_or_else(|| panic!("asks for no passkey: {} {}", page.status, page.body));
    serde_json::from_str(&shown.replace("&#34;", "\"").replace("&#38;", "&")).unwrap()
}

/// Sends what a passkey answered with the form of the page that asked.
pub async fn press(browser: &Browser, page: &Answer, answer: &str) -> Answer {
    browser.press(page, "passkey", &[("passkey", answer)]).await
}

impl SoftwarePasskey {
    /// A new key pair for the provider, on one device or on several.
    #[must_use]
    pub fn new(idp: &TestIdp, flags: u8) -> Self {
        let mut id = vec![0; 20];
        fill(&mut id).unwrap();
        let origin = idp.app.issuer().to_owned();
        let relying_party = idp.app.relying_party().unwrap().id().to_owned();
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self { key, id, handle: Vec::new(), origin, relying_party, flags, count: Cell::new(0) }
    }

    /// One that `user` has added already, without the page for it.
    pub async fn of(idp: &TestIdp, user: Uuid, name: &str) -> Self {
        let mut own = Self::new(idp, SYNCED);
        let user_handle = idp.app.seals().passkey_user(user);
        own.handle = user_handle.0.to_vec();
        let now = idp.clock.now();
        let passkey = Passkey {
            id: random::new_id(now),
            user,
            user_handle,
            name: name.to_owned(),
            credential_id: CredentialId::parse(&base64url(&own.id)).unwrap(),
            public_key: PasskeyPublicKey::parse(&base64url(own.cose_key())).unwrap(),
            sign_count: 0,
            is_backup_eligible: true,
            is_backed_up: true,
            transports: vec!["internal".to_owned()],
            aaguid: AAGUID,
            is_asked_for: true,
            created_at: now,
            last_used_at: None,
        };
        let added = move |connection: &mut idp_server::db::Connection| passkeys::insert(connection, &passkey);
        idp.db.write(Locks::person(user), added).await.unwrap();
        own
    }

    /// The same key under the same id, which says other things.
    #[must_use]
    pub fn copy(&self) -> Self {
        let key = self.key.to_pkcs8v1().unwrap();
        Self {
            key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref()).unwrap(),
            id: self.id.clone(),
            handle: self.handle.clone(),
            origin: self.origin.clone(),
            relying_party: self.relying_party.clone(),
            flags: self.flags,
            count: self.count.clone(),
        }
    }

    /// Its id, as pages name it.
    #[must_use]
    pub fn id(&self) -> String {
        base64url(&self.id)
    }

    /// What the form of a page that adds a passkey brings.
    pub fn created(&mut self, page: &Answer) -> String {
        let asked = asked(page);
        self.handle = URL_SAFE_NO_PAD.decode(asked["user"]["id"].as_str().unwrap()).unwrap();
        let length = u8::try_from(self.id.len()).unwrap();
        let attested = [AAGUID.as_bytes().as_slice(), &[0, length], &self.id, &self.cose_key()].concat();
        let data = self.authenticator_data(self.flags | ATTESTED, &attested);
        let answer = json!({
            "id": self.id(),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": base64url(self.client_data("webauthn.create", &asked["challenge"])),
                "authenticatorData": base64url(data),
                "transports": ["internal", "hybrid"],
            },
        });
        answer.to_string()
    }

    /// What the form of a page that asks for a passkey brings.
    #[must_use]
    pub fn used(&self, page: &Answer) -> String {
        self.used_for(&asked(page)["challenge"], true)
    }

    /// The same for this challenge, with or without saying whose it is.
    #[must_use]
    pub fn used_for(&self, challenge: &Value, names_user: bool) -> String {
        if self.count.get() > 0 {
            self.count.set(self.count.get() + 1);
        }
        let data = self.authenticator_data(self.flags, &[]);
        let client_data = self.client_data("webauthn.get", challenge);
        let signed = [data.as_slice(), digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let mut answer = json!({
            "id": self.id(),
            "type": "public-key",
            "response": {
                "clientDataJSON": base64url(client_data),
                "authenticatorData": base64url(data),
                "signature": base64url(self.key.sign(&SystemRandom::new(), &signed).unwrap()),
            },
        });
        if names_user {
            answer["response"]["userHandle"] = base64url(&self.handle).into();
        }
        answer.to_string()
    }

    fn client_data(&self, ceremony: &str, challenge: &Value) -> String {
        let data =
            json!({ "type": ceremony, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        data.to_string()
    }

    fn authenticator_data(&self, flags: u8, rest: &[u8]) -> Vec<u8> {
        let hash = digest(&SHA256, self.relying_party.as_bytes());
        [hash.as_ref(), &[flags], &self.count.get().to_be_bytes(), rest].concat()
    }

    /// COSE, in CTAP2's canonical form.
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        [&head[..], &point[1..33], &[0x22, 0x58, 0x20], &point[33..]].concat()
    }
}
