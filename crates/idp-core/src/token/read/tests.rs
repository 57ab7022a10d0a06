//! What is, and what is not, a token of ours.
#![allow(clippy::unwrap_used)]

use jsonwebtoken::crypto::sign;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::key::{RotationPolicy, SigningKey, sample};
use crate::token::access_token::sample::{ISSUER, NOW, client, person};
use crate::token::id_token::sample::id_token;
use crate::token::{TokenId, mint_access_token, mint_id_token};

const STRICT: ExpiryRule = ExpiryRule::Enforce { leeway: 0 };

fn keys() -> KeyRing {
    KeyRing::new(RotationPolicy::default(), []).add(sample::key(0), NOW.plus(-86_400))
}

fn read(token: &str) -> Result<AccessTokenClaims, ReadError> {
    read_access_token(token, &keys(), ISSUER, NOW, STRICT)
}

fn read_hint(token: &str) -> Result<IdTokenClaims, ReadError> {
    read_id_token_hint(token, &keys(), ISSUER, NOW)
}

/// Signs any header and any claims, as a text, with `key`.
fn forge(key: &SigningKey, header: &str, claims: &str) -> String {
    let message = format!("{}.{}", base64url::encode(header), base64url::encode(claims));
    let signature = sign(message.as_bytes(), key.encoding_key(), Algorithm::RS256).unwrap();
    format!("{message}.{signature}")
}

fn header(typ: &str) -> Value {
    json!({ "typ": typ, "alg": "RS256", "kid": sample::key(0).kid() })
}

/// Our access token, with its header changed and signed again with our own key.
fn with_header(change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> String {
    let mut header = header("at+jwt");
    change(header.as_object_mut().unwrap());
    let claims = serde_json::to_string(&person()).unwrap();
    forge(&sample::key(0), &header.to_string(), &claims)
}

/// Our access token, with its claims changed and signed again with our own key.
fn with_claims(change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> String {
    let mut claims = serde_json::to_value(person()).unwrap();
    change(claims.as_object_mut().unwrap());
    forge(&sample::key(0), &header("at+jwt").to_string(), &claims.to_string())
}

#[test]
fn what_was_minted_reads_back() {
    for claims in [person(), client()] {
        let token = mint_access_token(&sample::key(0), &claims).unwrap();
        assert_eq!(read(&token).unwrap(), claims);
    }
    let private = json!({ "team": "red" }).as_object().unwrap().clone();
    let claims = AccessTokenClaims { private: private.try_into().unwrap(), ..person() };
    assert_eq!(read(&mint_access_token(&sample::key(0), &claims).unwrap()).unwrap(), claims);
    let token = mint_id_token(&sample::key(0), &id_token()).unwrap();
    assert_eq!(read_hint(&token).unwrap(), id_token());
}

#[test]
fn j35_one_kind_of_token_is_never_read_as_another() {
    let access = mint_access_token(&sample::key(0), &person()).unwrap();
    let id = mint_id_token(&sample::key(0), &id_token()).unwrap();
    assert_eq!(read_hint(&access).unwrap_err(), ReadError::Header);
    assert_eq!(read(&id).unwrap_err(), ReadError::Header);
    // Not even when the header says the other thing.
    let claims = serde_json::to_string(&id_token()).unwrap();
    let disguised = forge(&sample::key(0), &header("at+jwt").to_string(), &claims);
    assert_eq!(read(&disguised).unwrap_err(), ReadError::Claims);
    let claims = serde_json::to_string(&person()).unwrap();
    let disguised = forge(&sample::key(0), &header("JWT").to_string(), &claims);
    assert_eq!(read_hint(&disguised).unwrap_err(), ReadError::Claims);
}

#[test]
fn j01_j03_only_rs256_is_read() {
    let algorithms = [
        json!("none"),
        json!("None"),
        json!("NONE"),
        json!("nOnE"),
        json!("none "),
        json!(""),
        json!(null),
        json!(0),
        json!(["RS256"]),
        json!("rs256"),
        json!("RS256 "),
        json!("RS256\u{0}"),
        json!("HS256"),
        json!("RS384"),
        json!("RS512"),
        json!("PS256"),
        json!("ES256"),
        json!("EdDSA"),
    ];
    for alg in algorithms {
        let token = with_header(|header| drop(header.insert("alg".to_owned(), alg.clone())));
        assert_eq!(read(&token).unwrap_err(), ReadError::Header, "{alg}");
        let (message, _) = token.rsplit_once('.').unwrap();
        assert!(read(&format!("{message}.")).is_err(), "{alg}");
    }
    let missing = with_header(|header| drop(header.remove("alg")));
    assert_eq!(read(&missing).unwrap_err(), ReadError::Header);
}

#[test]
fn j05_j07_j19_a_header_with_anything_else_in_it_is_refused() {
    let additions = [
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("b64", json!(true)),
        ("jwk", json!({})),
        ("jku", json!("https://idp.example.com/jwks")),
        ("x5c", json!([])),
        ("x5t", json!("")),
        ("x5u", json!("file:///etc/passwd")),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
    ];
    for (name, value) in additions {
        let token = with_header(|header| drop(header.insert(name.to_owned(), value)));
        assert_eq!(read(&token).unwrap_err(), ReadError::Header, "{name}");
    }
}

#[test]
fn j08_j09_the_kid_must_be_one_of_ours() {
    let cases = [
        (json!(sample::key(1).kid()), ReadError::UnknownKey),
        (json!("../../etc/passwd"), ReadError::UnknownKey),
        (json!(""), ReadError::UnknownKey),
        (json!("x".repeat(3000)), ReadError::UnknownKey),
        (json!(null), ReadError::Header),
        (json!([sample::key(0).kid()]), ReadError::Header),
    ];
    for (kid, error) in cases {
        let token = with_header(|header| drop(header.insert("kid".to_owned(), kid.clone())));
        assert_eq!(read(&token).unwrap_err(), error, "{kid}");
    }
    let missing = with_header(|header| drop(header.remove("kid")));
    assert_eq!(read(&missing).unwrap_err(), ReadError::Header);
}

#[test]
fn j20_a_repeated_header_member_is_refused() {
    let kid = sample::key(0).kid().to_owned();
    let claims = serde_json::to_string(&person()).unwrap();
    for extra in [r#""alg":"none""#, r#""al\u0067":"none""#, r#""typ":"JWT""#, r#""kid":"x""#] {
        for header in [
            format!(r#"{{"typ":"at+jwt","alg":"RS256","kid":"{kid}",{extra}}}"#),
            format!(r#"{{{extra},"typ":"at+jwt","alg":"RS256","kid":"{kid}"}}"#),
        ] {
            let token = forge(&sample::key(0), &header, &claims);
            assert_eq!(read(&token).unwrap_err(), ReadError::Header, "{header}");
        }
    }
}

#[test]
fn j21_a_repeated_claim_is_refused() {
    let claims = serde_json::to_string(&person()).unwrap();
    let rest = claims.strip_prefix('{').unwrap();
    for extra in [r#""sub":"x""#, r#""client_id":"x""#, r#""jti":"x""#, r#""sco\u0070e":"x""#] {
        let header = header("at+jwt").to_string();
        let token = forge(&sample::key(0), &header, &format!("{{{extra},{rest}"));
        assert_eq!(read(&token).unwrap_err(), ReadError::Claims, "{extra}");
    }
}

#[test]
fn j24_the_type_must_be_exact() {
    for typ in ["JWT", "AT+JWT", "application/at+jwt", "logout+jwt", "at+jwt;v=1", ""] {
        let token = with_header(|header| drop(header.insert("typ".to_owned(), json!(typ))));
        assert_eq!(read(&token).unwrap_err(), ReadError::Header, "{typ}");
    }
}

#[test]
fn j14_j15_j16_a_token_has_one_spelling() {
    let token = mint_access_token(&sample::key(0), &person()).unwrap();
    let segments: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = segments.as_slice() else { unreachable!() };
    let misses = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        ".".repeat(8000),
        "x".repeat(MAX_TOKEN_BYTES + 1),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{token}."),
        format!(".{token}"),
        format!("{header}..{payload}.{signature}"),
        format!("{token}.{signature}"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}=.{signature}"),
        format!("{token}="),
        format!("{token}\n"),
        format!(" {token}"),
    ];
    for miss in misses {
        assert!(read(&miss).is_err(), "{miss:?}");
    }
}

#[test]
fn j27_a_changed_or_exchanged_part_is_refused() {
    let one = mint_access_token(&sample::key(0), &person()).unwrap();
    let other = mint_access_token(&sample::key(0), &client()).unwrap();
    let (message, _) = one.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    assert_eq!(read(&format!("{message}.{signature}")).unwrap_err(), ReadError::Signature);
}

#[test]
fn j28_a_token_of_another_key_under_our_kid_is_refused() {
    let claims = serde_json::to_string(&person()).unwrap();
    let token = forge(&sample::key(1), &header("at+jwt").to_string(), &claims);
    assert_eq!(read(&token).unwrap_err(), ReadError::Signature);
}

#[test]
fn j29_a_wrong_signature_is_not_hidden_by_expiry() {
    let claims = AccessTokenClaims { exp: NOW.plus(-1), ..person() };
    let claims = serde_json::to_string(&claims).unwrap();
    let token = forge(&sample::key(1), &header("at+jwt").to_string(), &claims);
    assert_eq!(read(&token).unwrap_err(), ReadError::Signature);
}

#[test]
fn j29_expiry_is_exact_to_the_second() {
    let token = mint_access_token(&sample::key(0), &person()).unwrap();
    let at = |seconds, rule| read_access_token(&token, &keys(), ISSUER, NOW.plus(seconds), rule).map(|_| ());
    assert_eq!(at(1799, STRICT), Ok(()));
    assert_eq!(at(1800, STRICT), Err(ReadError::Expired));
    assert_eq!(at(1829, ExpiryRule::Enforce { leeway: 30 }), Ok(()));
    assert_eq!(at(1830, ExpiryRule::Enforce { leeway: 30 }), Err(ReadError::Expired));
    assert_eq!(at(86_400, ExpiryRule::AcceptExpired), Ok(()));
    assert_eq!(at(-120, STRICT), Ok(()));
    assert_eq!(at(-121, STRICT), Err(ReadError::NotYetValid));
}

#[test]
fn j29_j34_claims_of_another_type_are_refused() {
    let changes = [
        ("exp", json!("1900000000")),
        ("exp", json!(1.9e9)),
        ("exp", json!(null)),
        ("iat", json!(1.5)),
        ("iss", json!([ISSUER])),
        ("sub", json!(7)),
        ("aud", json!(7)),
        ("aud", json!([7])),
        ("jti", json!("x")),
        ("client_id", json!(null)),
        ("scope", json!(["openid"])),
        ("auth_time", json!(null)),
        ("amr", json!("pwd")),
        ("nonce", json!("n")),
    ];
    for (name, value) in changes {
        let token = with_claims(|claims| drop(claims.insert(name.to_owned(), value.clone())));
        assert_eq!(read(&token).unwrap_err(), ReadError::Claims, "{name} {value}");
    }
    for name in ["iss", "sub", "aud", "client_id", "jti", "iat", "exp", "sid", "auth_time"] {
        let token = with_claims(|claims| drop(claims.remove(name)));
        assert_eq!(read(&token).unwrap_err(), ReadError::Claims, "{name}");
    }
}

#[test]
fn j33_the_issuer_is_compared_byte_for_byte() {
    let issuers = ["https://idp.example.com/", "https://IDP.example.com", "https://idp.example.co", ""];
    for issuer in issuers {
        let token = mint_access_token(&sample::key(0), &person()).unwrap();
        let answer = read_access_token(&token, &keys(), issuer, NOW, STRICT);
        assert_eq!(answer.unwrap_err(), ReadError::Issuer, "{issuer}");
    }
}

#[test]
fn s70_an_expired_but_genuine_hint_is_read_and_a_forged_one_is_not() {
    let token = mint_id_token(&sample::key(0), &id_token()).unwrap();
    let later = NOW.plus(3 * 86_400);
    assert!(read_id_token_hint(&token, &keys(), ISSUER, later).is_ok());
    let claims = serde_json::to_string(&id_token()).unwrap();
    let none = json!({ "typ": "JWT", "alg": "none", "kid": sample::key(0).kid() }).to_string();
    let unsigned = format!("{}.{}.", base64url::encode(none), base64url::encode(&claims));
    assert_eq!(read_hint(&unsigned).unwrap_err(), ReadError::Header);
    let foreign = forge(&sample::key(1), &header("JWT").to_string(), &claims);
    assert_eq!(read_hint(&foreign).unwrap_err(), ReadError::Signature);
}

#[test]
fn j40_what_a_compromised_key_signed_is_refused() {
    let token = mint_access_token(&sample::key(0), &person()).unwrap();
    let ring = keys().add(sample::key(1), NOW).compromised(sample::key(0).kid(), NOW);
    let answer = read_access_token(&token, &ring, ISSUER, NOW, STRICT);
    assert_eq!(answer.unwrap_err(), ReadError::UnknownKey);
}

#[test]
fn j39_a_token_outlives_the_retirement_of_its_key() {
    let token = mint_access_token(&sample::key(0), &person()).unwrap();
    let ring = keys().add(sample::key(1), NOW.plus(-86_400)).promote(NOW).unwrap();
    assert_eq!(ring.signer().unwrap().kid(), sample::key(1).kid());
    assert!(read_access_token(&token, &ring, ISSUER, NOW.plus(1799), STRICT).is_ok());
}

#[test]
fn m09_the_grant_behind_a_token_is_known() {
    let grant = uuid::Uuid::from_u128(1 << 100);
    let claims = AccessTokenClaims { jti: TokenId::for_grant(grant, 0, &mut rand_core::OsRng), ..person() };
    let token = mint_access_token(&sample::key(0), &claims).unwrap();
    assert_eq!(read(&token).unwrap().jti.grant(), Some(grant));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn j27_every_flipped_bit_is_noticed(at in any::<prop::sample::Index>(), bit in 0u8..7) {
        let token = mint_access_token(&sample::key(0), &person()).unwrap();
        let mut bytes = token.into_bytes();
        let at = at.index(bytes.len());
        *bytes.get_mut(at).unwrap() ^= 1 << bit;
        prop_assert!(read(&String::from_utf8(bytes).unwrap()).is_err());
    }

    #[test]
    fn j51_no_text_causes_a_panic(text in "\\PC{0,200}|[A-Za-z0-9_.-]{0,300}") {
        prop_assert!(read(&text).is_err());
        prop_assert!(read_hint(&text).is_err());
    }
}
