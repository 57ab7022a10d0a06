#![allow(clippy::unwrap_used)]
use std::sync::LazyLock;

use super::*;
use aws_lc_rs::rsa::OaepPublicEncryptingKey;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::{RsaPrivateKey, pkcs8::EncodePrivateKey, rand_core::OsRng};
use serde_json::{Value, json};

/// Made by another implementation, see `testdata`.
const FOREIGN_TOKEN: &str = include_str!("../../../testdata/encrypted_id_token/token.txt");
const KEY_PEM: &str = include_str!("../../../testdata/encrypted_id_token/key.pem");
const SIGNED: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl";

static OTHER_KEY: LazyLock<DecryptionKey> = LazyLock::new(|| {
    let key = RsaPrivateKey::new(&mut OsRng, 2048).unwrap().to_pkcs8_pem(Default::default()).unwrap();
    DecryptionKey::from_pkcs8_pem(&key).unwrap()
});

fn key() -> DecryptionKey {
    DecryptionKey::from_pkcs8_pem(KEY_PEM).unwrap()
}

fn header() -> Value {
    json!({ "alg": "RSA-OAEP-256", "enc": "A256GCM", "typ": "JWT", "cty": "JWT" })
}

/// A JWE under exactly this header, with everything else right.
fn sealed(header: &str, text: &str, content_key: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode(header);
    let der = rsa::pkcs8::DecodePrivateKey::from_pkcs8_pem(KEY_PEM).map(|key: RsaPrivateKey| key).unwrap();
    let der = der.to_pkcs8_der().unwrap();
    let public = PrivateDecryptingKey::from_pkcs8(der.as_bytes()).unwrap().public_key();
    let public = OaepPublicEncryptingKey::new(public).unwrap();
    let mut wrapped = vec![0; public.ciphertext_size()];
    public.encrypt(&OAEP_SHA256_MGF1SHA256, content_key, &mut wrapped, None).unwrap();
    let mut body = text.as_bytes().to_vec();
    let iv = [9; NONCE_LEN];
    let padded = [content_key, &[0; 32]].concat();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &padded[..32]).unwrap());
    let nonce = Nonce::assume_unique_for_key(iv);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut body).unwrap();
    let parts = [wrapped, iv.to_vec(), body, tag.as_ref().to_vec()].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{header}.{}", parts.join("."))
}

#[test]
fn m16_what_another_implementation_encrypted_opens() {
    assert_eq!(open(FOREIGN_TOKEN.trim(), &[key()]).as_deref(), Some(SIGNED));
    let both = [OTHER_KEY.clone(), key()];
    assert_eq!(open(FOREIGN_TOKEN.trim(), &both).as_deref(), Some(SIGNED), "while keys are exchanged");
    assert_eq!(open(FOREIGN_TOKEN.trim(), std::slice::from_ref(&OTHER_KEY)), None);
    assert_eq!(open(FOREIGN_TOKEN.trim(), &[]), None);
}

/// RFC 7516 appendix A.1 encrypts its content key with RSA-OAEP over SHA-1, which is refused here; the
/// encryption of the content is the same.
#[test]
fn m16_the_content_of_rfc_7516_appendix_a1_opens() {
    let content_key = [
        177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246, 138, 7, 110, 91, 112, 46,
        34, 105, 47, 130, 203, 46, 122, 234, 64, 252,
    ];
    let jwe = CompactJwe {
        header: "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ",
        wrapped_key: "unused",
        iv: "48V1_ALb6US04U3b",
        ciphertext: "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A",
        tag: "XFBoMYUZodetZdvTiFvSkQ",
    };
    let plain = open_content(&content_key, &jwe).unwrap();
    assert_eq!(plain, b"The true sign of intelligence is not knowledge but imagination.");
    assert_eq!(check_header(jwe.header), None);
}

#[test]
fn m16_a_change_in_any_of_the_five_segments_is_noticed() {
    let token = FOREIGN_TOKEN.trim();
    let segments: Vec<&str> = token.split('.').collect();
    for (number, segment) in segments.iter().enumerate() {
        for at in [0, segment.len() / 2] {
            let mut changed = segment.as_bytes().to_vec();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            let mut segments = segments.clone();
            segments[number] = &changed;
            assert_eq!(open(&segments.join("."), &[key()]), None, "segment {number}, character {at}");
        }
        for replacement in ["", "A", "AAAA", "=", "A A"] {
            let mut segments = segments.clone();
            segments[number] = replacement;
            assert_eq!(open(&segments.join("."), &[key()]), None, "segment {number}: {replacement:?}");
        }
    }
}

#[test]
fn m16_only_the_one_header_is_read() {
    let content_key = [7; CONTENT_KEY_BYTES];
    let with = |name: &str, value: Value| {
        let mut header = header();
        header[name] = value;
        sealed(&header.to_string(), SIGNED, &content_key)
    };
    assert_eq!(open(&with("kid", json!("any")), &[key()]).as_deref(), Some(SIGNED));
    for (name, value) in [
        ("alg", json!("RSA-OAEP")),
        ("alg", json!("RSA1_5")),
        ("alg", json!("dir")),
        ("alg", json!("rsa-oaep-256")),
        ("alg", json!(["RSA-OAEP-256"])),
        ("enc", json!("A128CBC-HS256")),
        ("enc", json!("A256CBC-HS512")),
        ("enc", json!("A128GCM")),
        ("enc", json!(null)),
        ("cty", json!("json")),
        ("cty", json!("")),
        ("typ", json!("at+jwt")),
        ("typ", json!(5)),
        ("kid", json!("")),
        ("kid", json!(7)),
        ("kid", json!("k".repeat(129))),
        ("zip", json!("DEF")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("jwk", json!({})),
        ("jku", json!("http://127.0.0.1/")),
        ("epk", json!({})),
        ("p2c", json!(2_147_483_648_u64)),
        ("b64", json!(true)),
    ] {
        assert_eq!(open(&with(name, value.clone()), &[key()]), None, "{name}: {value}");
    }
    for text in [
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#,
        r#"{"enc":"A256GCM","cty":"JWT"}"#,
        r#"{"alg":"RSA-OAEP-256","cty":"JWT"}"#,
        r#"{"alg":"dir","alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"} x"#,
        "[]",
        "",
    ] {
        assert_eq!(open(&sealed(text, SIGNED, &content_key), &[key()]), None, "{text}");
    }
}

#[test]
fn m16_sizes_are_looked_at_first() {
    let header = header().to_string();
    for wrong in [0, 16, 31, 33, 64] {
        assert_eq!(open(&sealed(&header, SIGNED, &vec![7; wrong]), &[key()]), None, "{wrong} octets of key");
    }
    let long = "a".repeat(MAX_ENCRYPTED_BYTES);
    assert_eq!(open(&sealed(&header, &long, &[7; CONTENT_KEY_BYTES]), &[key()]), None);
    let dots = ".".repeat(1_000_000);
    for token in ["", ".", "....", "a.b.c", "a.b.c.d", "a.b.c.d.e", "a.b.c.d.e.f", &dots, SIGNED] {
        assert_eq!(open(token, &[key()]), None);
    }
}

#[test]
fn m16_only_a_sound_private_key_is_taken_and_none_is_printed() {
    let small = RsaPrivateKey::new(&mut OsRng, 1024).unwrap().to_pkcs8_pem(Default::default()).unwrap();
    let public = KEY_PEM.replace("PRIVATE", "PUBLIC");
    for pem in ["", "x", &small, &public, &KEY_PEM.replace('\n', "\n=")] {
        assert_eq!(DecryptionKey::from_pkcs8_pem(pem).unwrap_err(), InvalidDecryptionKey);
    }
    assert_eq!(format!("{:?}", key()), "DecryptionKey(..)");
}
