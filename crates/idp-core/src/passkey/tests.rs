#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, reason = "tests make their own keys")]

use super::*;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

const ORIGIN: &str = "https://login.example.org";
const CHALLENGE: Challenge = Challenge([7; 32]);
const OWNER: UserHandle = UserHandle([9; 32]);
/// Present, verified.
const UP_UV: u8 = 0b101;
const SYNCED: u8 = UP_UV | 0b1_1000;

fn relying_party() -> RelyingParty {
    RelyingParty::of_issuer(ORIGIN).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

fn client_data(ceremony: &str, challenge: &Challenge, origin: &str) -> Value {
    json!({ "type": ceremony, "challenge": challenge.text(), "origin": origin, "crossOrigin": false })
}

fn authenticator_data(rp_id: &str, flags: u8, sign_count: u32, rest: &[u8]) -> Vec<u8> {
    let hash = digest(&SHA256, rp_id.as_bytes());
    [hash.as_ref(), &[flags], &sign_count.to_be_bytes(), rest].concat()
}

/// An authenticator with one key.
struct Software {
    key: EcdsaKeyPair,
    passkey: Passkey,
}

impl Software {
    fn new(is_backup_eligible: bool, sign_count: u32) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let public_key = PasskeyPublicKey::parse(&base64url::encode(cose_of(&key))).unwrap();
        let passkey = Passkey {
            id: Uuid::from_u128(1),
            user: Uuid::from_u128(2),
            user_handle: OWNER,
            name: String::new(),
            credential_id: CredentialId::of(&[5; 16]).unwrap(),
            public_key,
            sign_count,
            is_backup_eligible,
            is_backed_up: is_backup_eligible,
            transports: vec!["internal".to_owned()],
            aaguid: Uuid::nil(),
            is_asked_for: true,
            created_at: UnixTime(0),
            last_used_at: None,
        };
        Self { key, passkey }
    }

    fn answer(&self, client_data: &Value, data: &[u8], handle: Option<&[u8]>) -> AssertionResponse {
        let client_data = client_data.to_string();
        let message = [data, digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
        let answer = json!({
            "id": self.passkey.credential_id,
            "type": "public-key",
            "response": {
                "clientDataJSON": base64url::encode(client_data),
                "authenticatorData": base64url::encode(data),
                "signature": base64url::encode(signature),
                "userHandle": handle.map(base64url::encode),
            },
        });
        AssertionResponse::parse(&answer.to_string()).unwrap()
    }

    fn verified(&self, client_data: &Value, data: &[u8]) -> Result<Use, PasskeyError> {
        let answer = self.answer(client_data, data, Some(&OWNER.0));
        answer.verify(&relying_party(), &[CHALLENGE], &self.passkey)
    }
}

fn cose_of(key: &EcdsaKeyPair) -> Vec<u8> {
    let point = key.public_key().as_ref();
    [&hex("a5010203262001215820")[..], &point[1..33], &hex("225820"), &point[33..]].concat()
}

fn right() -> Value {
    client_data("webauthn.get", &CHALLENGE, ORIGIN)
}

#[test]
fn a_use_tells_the_counter_and_whether_the_passkey_was_copied() {
    let software = Software::new(true, 0);
    let used = software.verified(&right(), &authenticator_data("login.example.org", SYNCED, 3, &[])).unwrap();
    assert_eq!(used, Use { sign_count: 3, is_backed_up: true });
    // Extensions of the authenticator's own are passed over.
    let extended = authenticator_data("login.example.org", SYNCED | 0x80, 3, &[0xa0]);
    assert!(software.verified(&right(), &extended).is_ok());
}

#[test]
fn an_answer_to_another_question_is_none() {
    let software = Software::new(false, 0);
    let data = authenticator_data("login.example.org", UP_UV, 1, &[]);
    let framed = |member: &str, value: Value| {
        let mut data = right();
        data[member] = value;
        data
    };
    for (client_data, error) in [
        (client_data("webauthn.create", &CHALLENGE, ORIGIN), PasskeyError::Ceremony),
        (client_data("payment.get", &CHALLENGE, ORIGIN), PasskeyError::Ceremony),
        (client_data("webauthn.get", &Challenge([8; 32]), ORIGIN), PasskeyError::Challenge),
        (
            client_data("webauthn.get", &CHALLENGE, "https://login.example.org.evil.example"),
            PasskeyError::Origin,
        ),
        (client_data("webauthn.get", &CHALLENGE, "https://example.org"), PasskeyError::Origin),
        (client_data("webauthn.get", &CHALLENGE, "http://login.example.org"), PasskeyError::Origin),
        (client_data("webauthn.get", &CHALLENGE, "https://login.example.org:8443"), PasskeyError::Origin),
        (framed("crossOrigin", json!(true)), PasskeyError::Origin),
        (framed("topOrigin", json!("https://evil.example")), PasskeyError::Origin),
        (json!({ "type": "webauthn.get" }), PasskeyError::Malformed),
        (json!("webauthn.get"), PasskeyError::Malformed),
    ] {
        assert_eq!(software.verified(&client_data, &data), Err(error), "{client_data}");
    }
}

#[test]
fn what_the_authenticator_says_is_held_against_what_was_asked() {
    let software = Software::new(false, 0);
    let of = |flags, rest: &[u8]| authenticator_data("login.example.org", flags, 1, rest);
    for (data, error) in [
        (authenticator_data("example.org", UP_UV, 1, &[]), PasskeyError::RelyingParty),
        (of(0b100, &[]), PasskeyError::NotPresent),
        (of(0b001, &[]), PasskeyError::NotVerified),
        (of(UP_UV | 0b1_0000, &[]), PasskeyError::Backup),
        (of(SYNCED, &[]), PasskeyError::Backup),
        (of(UP_UV, &[0]), PasskeyError::Malformed),
        (of(UP_UV | 0x80, &[]), PasskeyError::Malformed),
        (of(UP_UV | 0x40, &[0; 30]), PasskeyError::Malformed),
        (of(UP_UV, &[])[..36].to_vec(), PasskeyError::Malformed),
        (Vec::new(), PasskeyError::Malformed),
    ] {
        assert_eq!(software.verified(&right(), &data), Err(error), "{data:?}");
    }
}

#[test]
fn an_answer_of_another_credential_or_for_another_person_is_none() {
    let (software, other) = (Software::new(false, 0), Software::new(false, 0));
    let data = authenticator_data("login.example.org", UP_UV, 1, &[]);
    let verify = |answer: &AssertionResponse, passkey: &Passkey| {
        answer.verify(&relying_party(), &[CHALLENGE], passkey).map(|_| ())
    };
    let forged = other.answer(&right(), &data, Some(&OWNER.0));
    assert_eq!(verify(&forged, &software.passkey), Err(PasskeyError::Signature));
    let elsewhere = software.answer(&right(), &data, Some(&[1; 32]));
    assert_eq!(verify(&elsewhere, &software.passkey), Err(PasskeyError::UserHandle));
    let renamed = Passkey { credential_id: CredentialId::of(&[6; 16]).unwrap(), ..software.passkey.clone() };
    let right = software.answer(&right(), &data, None);
    assert!(!right.names_its_user());
    assert_eq!(verify(&right, &renamed), Err(PasskeyError::Credential));
    assert_eq!(verify(&right, &software.passkey), Ok(()));
}

#[test]
fn a_counter_that_does_not_grow_is_believed_of_a_copied_passkey_and_of_one_that_never_counts() {
    let used = |sign_count| Use { sign_count, is_backed_up: false };
    for (stored, now, bound, synced) in [
        (0, 0, true, true),
        (0, 1, true, true),
        (4, 5, true, true),
        (4, 4, false, true),
        (4, 3, false, true),
        (4, 0, false, true),
    ] {
        let credible = |synced| used(now).is_credible(&Software::new(synced, stored).passkey);
        assert_eq!((credible(false), credible(true)), (bound, synced), "{stored} then {now}");
    }
}

#[test]
fn a_new_passkey_is_read_with_its_key_and_what_it_says_of_itself() {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let aaguid = uuid::uuid!("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4");
    let attested = [aaguid.as_bytes().as_slice(), &[0, 16], &[5; 16], &cose_of(&key)].concat();
    let answered = |rp: &str, flags: u8, attested: &[u8], id: &[u8], mediation| {
        let client_data = client_data("webauthn.create", &CHALLENGE, ORIGIN).to_string();
        let answer = json!({
            "id": base64url::encode(id),
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": base64url::encode(client_data),
                "authenticatorData": base64url::encode(authenticator_data(rp, flags, 0, attested)),
                "transports": ["internal", "hybrid", "<script>", "internal"],
            },
        });
        RegistrationResponse::parse(&answer.to_string()).unwrap().verify(
            &relying_party(),
            &[CHALLENGE],
            mediation,
        )
    };
    let answer = |rp: &str, flags: u8, attested: &[u8], id: &[u8]| {
        answered(rp, flags, attested, id, Mediation::Optional)
    };
    let flags = SYNCED | 0x40;
    let made = answer("login.example.org", flags, &attested, &[5; 16]).unwrap();
    assert_eq!(made.transports, ["hybrid", "internal"]);
    assert_eq!(provider_name(made.aaguid), Some("Google Password Manager"));
    assert!(made.is_backed_up && made.is_backup_eligible && made.is_in_this_device);
    assert_eq!(PasskeyPublicKey::parse(&made.public_key.text()).unwrap(), made.public_key);
    for (rp, flags, attested, id, error) in [
        ("example.org", flags, &attested[..], &[5; 16], PasskeyError::RelyingParty),
        ("login.example.org", flags & !0b100, &attested, &[5; 16], PasskeyError::NotVerified),
        ("login.example.org", SYNCED, &[], &[5; 16], PasskeyError::Malformed),
        ("login.example.org", flags, &attested, &[6; 16], PasskeyError::Credential),
        ("login.example.org", flags, &attested[..90], &[5; 16], PasskeyError::Key),
    ] {
        assert_eq!(answer(rp, flags, attested, id).unwrap_err(), error, "{rp} {flags}");
    }
    // Where the browser saves one without a question, no sign of presence is given; all else is checked as ever.
    let unseen = flags & !0b101;
    assert_eq!(
        answer("login.example.org", unseen, &attested, &[5; 16]).unwrap_err(),
        PasskeyError::NotPresent
    );
    let saved = |rp: &str, id: &[u8]| answered(rp, unseen, &attested, id, Mediation::Conditional).map(|_| ());
    assert_eq!(saved("login.example.org", &[5; 16]), Ok(()));
    assert_eq!(saved("example.org", &[5; 16]), Err(PasskeyError::RelyingParty));
    assert_eq!(saved("login.example.org", &[6; 16]), Err(PasskeyError::Credential));
}

/// The credential "ES256 with no attestation" of WebAuthn Level 3, section 16.
#[test]
fn keys_and_signatures_are_those_of_the_specification() {
    let cose = hex(concat!(
        "a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61",
        "225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220"
    ));
    let signed = hex("bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000");
    let client_data = concat!(
        r#"{"type":"webauthn.get","challenge":"OcDnUhQXulTUPo3JUXT0I97pvzzYBP9tZchXyav01Ag","#,
        r#""origin":"https://example.org","crossOrigin":false}"#
    );
    let signature = hex(concat!(
        "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd38",
        "0221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87"
    ));
    let (key, rest) = PasskeyPublicKey::read(&cose).unwrap();
    assert!(rest.is_empty());
    let message = [signed.as_slice(), digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
    assert_eq!(key.verify(&message, &signature), Ok(()));
    assert_eq!(key.verify(&signed, &signature), Err(PasskeyError::Signature));
    // That authenticator did not verify its user.
    let example = RelyingParty::of_issuer("https://example.org").unwrap();
    let refused = authenticator_data::AuthenticatorData::checked(&signed, &example).unwrap_err();
    assert_eq!(refused, PasskeyError::NotVerified);
}

#[test]
fn a_key_has_one_spelling_and_one_of_three_kinds() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let cose = [&hex("a4010103272006215820")[..], pair.public_key().as_ref()].concat();
    let key = PasskeyPublicKey::read(&cose).unwrap().0;
    assert_eq!(key.verify(b"message", pair.sign(b"message").as_ref()), Ok(()));
    assert_eq!(key.verify(b"massage", pair.sign(b"message").as_ref()), Err(PasskeyError::Signature));
    let rsa = |bytes: u16| {
        let n = vec![0xc5; bytes.into()];
        [&hex("a40103033901002059")[..], &bytes.to_be_bytes()[..], &n, &hex("2143010001")].concat()
    };
    for (bytes, is_taken) in [(128, false), (255, false), (256, true), (512, true), (513, false)] {
        assert_eq!(PasskeyPublicKey::read(&rsa(bytes)).is_some(), is_taken, "{bytes}");
    }
    let p256 = cose_of(&EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap());
    for at in [0, 2, 4, 6, 8, 9, 42, 44] {
        let mut other = p256.clone();
        other[at] ^= 1;
        assert!(PasskeyPublicKey::read(&other).is_none(), "byte {at}");
    }
    assert!(PasskeyPublicKey::read(&p256[..p256.len() - 1]).is_none());
    assert!(PasskeyPublicKey::parse(&base64url::encode([&p256[..], &[0]].concat())).is_none());
}

#[test]
fn passkeys_belong_to_the_host_of_the_issuer_and_to_no_address() {
    for (issuer, id) in [
        ("https://login.example.org", Some("login.example.org")),
        ("https://login.example.org:8443", Some("login.example.org")),
        ("http://localhost:8080", Some("localhost")),
        ("http://127.0.0.1:8080", None),
        ("http://[::1]:8080", None),
    ] {
        let party = RelyingParty::of_issuer(issuer);
        assert_eq!(party.as_ref().map(RelyingParty::id), id, "{issuer}");
        assert!(party.is_none_or(|party| party.origin() == issuer));
    }
}

#[test]
fn the_browser_is_asked_for_a_passkey_that_verifies_its_user() {
    let software = Software::new(true, 0);
    let (relying_party, existing) = (relying_party(), [software.passkey]);
    let user = PasskeyUser { handle: OWNER, username: "alice", display_name: "Alice" };
    let asked = CreationOptions {
        relying_party: &relying_party,
        service_name: "Example",
        user,
        challenge: CHALLENGE,
        mediation: Mediation::Optional,
        existing: &existing,
    };
    let saved = CreationOptions { mediation: Mediation::Conditional, ..asked }.json();
    assert_eq!(saved["authenticatorSelection"]["userVerification"], "preferred");
    let user = PasskeyUser { handle: OWNER, username: "alice", display_name: "Alice" };
    let asked = CreationOptions {
        relying_party: &relying_party,
        service_name: "Example",
        user,
        challenge: CHALLENGE,
        mediation: Mediation::Optional,
        existing: &existing,
    };
    let asked = asked.json();
    assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(asked["excludeCredentials"][0]["id"], existing[0].credential_id.text());
    assert_eq!((&asked["rp"]["id"], &asked["attestation"]), (&json!("login.example.org"), &json!("none")));
    let used = RequestOptions { relying_party: &relying_party, challenge: CHALLENGE, allowed: &[] }.json();
    assert_eq!((&used["allowCredentials"], &used["userVerification"]), (&json!([]), &json!("required")));
}

#[test]
fn s66_answers_of_any_shape_are_read_or_refused() {
    for text in
        ["", "{}", "[]", "null", "{\"id\":\"AA\"}", "{\"id\":\"a b\",\"response\":{}}", &"[".repeat(5000)]
    {
        assert!(
            AssertionResponse::parse(text).is_err() && RegistrationResponse::parse(text).is_err(),
            "{text}"
        );
    }
    assert!(CredentialId::parse("").is_none());
    assert!(CredentialId::parse(&base64url::encode([1; 1023])).is_some());
    assert!(CredentialId::parse(&base64url::encode([1; 1024])).is_none());
    assert_eq!(Passkey::kept_name(&format!("  my\n key{}", "x".repeat(100))).chars().count(), 60);
}
