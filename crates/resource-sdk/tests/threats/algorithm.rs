//! The algorithm is ours to choose, never the token's.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaEncoding},
};
use resource_sdk::VerifyError;
use rsa::{
    RsaPublicKey,
    pkcs1::EncodeRsaPublicKey,
    pkcs8::{EncodePublicKey, LineEnding},
};

use crate::support::*;

/// A header with this JSON text as its `alg`.
fn header_with_alg(alg: &str) -> String {
    format!(r#"{{"typ":"at+jwt","alg":{alg},"kid":"{KID}"}}"#)
}

#[test]
fn j01_alg_none_in_any_disguise() {
    let good = good_token();
    let old_signature = good.rsplit('.').next().unwrap();
    let random = b64([0x5a; 256]);
    let mut headers: Vec<String> = [
        r#""none""#,
        r#""None""#,
        r#""NONE""#,
        r#""nOnE""#,
        r#""none ""#,
        r#""""#,
        "null",
        "0",
        r#"["RS256"]"#,
        r#""rs256""#,
        r#""RS256 ""#,
        r#""RS256\u0000""#,
        r#"" RS256""#,
        r#"{"alg":"RS256"}"#,
        "true",
        r#""Rs256""#,
        r#""RS256\n""#,
        r#""RS25\u0036\u200b""#,
    ]
    .map(header_with_alg)
    .into();
    headers.push(format!(r#"{{"typ":"at+jwt","kid":"{KID}"}}"#));
    headers.push(format!(r#"{{"typ":"at+jwt","ALG":"RS256","kid":"{KID}"}}"#));

    let payload = b64(claims().to_string());
    for header in &headers {
        for signature in ["", old_signature, &random] {
            assert_refused(&format!("{}.{payload}.{signature}", b64(header)));
        }
        // Even when the provider itself had signed it.
        assert_refused_as(&token_under(header), VerifyError::Algorithm);
    }
    assert!(headers.len() * 3 >= 39);
}

#[test]
fn z07_j02_hmac_keyed_with_our_public_key() {
    let public = RsaPublicKey::from(&KEY.private);
    let spki = public.to_public_key_der().unwrap().into_vec();
    let pkcs1 = public.to_pkcs1_der().unwrap().to_vec();
    let spki_pem = public.to_public_key_pem(LineEnding::LF).unwrap();
    let pkcs1_pem = public.to_pkcs1_pem(LineEnding::LF).unwrap();
    let jwk = KEY.jwk();
    let texts = [
        spki_pem.clone(),
        spki_pem.trim().into(),
        spki_pem.replace('\n', "\r\n"),
        format!(" {spki_pem}"),
        pkcs1_pem.clone(),
        pkcs1_pem.trim().into(),
        jwk.to_string(),
        String::from_utf8(jwks(std::slice::from_ref(&jwk))).unwrap(),
        jwk["n"].as_str().unwrap().into(),
        b64(&spki),
        b64(&pkcs1),
        KID.into(),
        "AQAB".into(),
        String::new(),
    ];
    let secrets = [spki, pkcs1, KEY.modulus(), vec![1, 0, 1]];
    let secrets = secrets.into_iter().chain(texts.map(String::into_bytes));

    let payload = b64(claims().to_string());
    for secret in secrets {
        for (alg, algorithm) in
            [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
        {
            let mac_under = |header: String| {
                let input = format!("{}.{payload}", b64(header));
                let tag = hmac::sign(&hmac::Key::new(algorithm, &secret), input.as_bytes());
                format!("{input}.{}", b64(tag))
            };
            assert_refused_as(&mac_under(header_with_alg(&format!("{alg:?}"))), VerifyError::Algorithm);
            assert_refused_as(&mac_under(header().to_string()), VerifyError::Signature);
        }
    }
}

fn signed_as(how: &'static dyn RsaEncoding, alg: &str) -> String {
    let header = header_with_alg(&format!("{alg:?}"));
    let input = format!("{}.{}", b64(header), b64(claims().to_string()));
    let signature = b64(KEY.sign_as(how, &input));
    format!("{input}.{signature}")
}

#[test]
fn j03_other_algorithms_correctly_signed() {
    let with_our_key: [(&'static dyn RsaEncoding, &str); 5] = [
        (&signature::RSA_PKCS1_SHA384, "RS384"),
        (&signature::RSA_PKCS1_SHA512, "RS512"),
        (&signature::RSA_PSS_SHA256, "PS256"),
        (&signature::RSA_PSS_SHA384, "PS384"),
        (&signature::RSA_PSS_SHA512, "PS512"),
    ];
    for (how, alg) in with_our_key {
        assert_refused_as(&signed_as(how, alg), VerifyError::Algorithm);
        assert_refused_as(&signed_as(how, "RS256"), VerifyError::Signature);
    }

    let rng = SystemRandom::new();
    let input = |alg: &str| format!("{}.{}", b64(header_with_alg(alg)), b64(claims().to_string()));
    let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let ecdsa = EcdsaKeyPair::generate(curve).unwrap();
    let message = input(r#""ES256""#);
    let signature = b64(ecdsa.sign(&rng, message.as_bytes()).unwrap());
    assert_refused_as(&format!("{message}.{signature}"), VerifyError::Algorithm);

    let eddsa = Ed25519KeyPair::generate().unwrap();
    for alg in [r#""EdDSA""#, r#""Ed25519""#] {
        let message = input(alg);
        let signature = b64(eddsa.sign(message.as_bytes()));
        assert_refused_as(&format!("{message}.{signature}"), VerifyError::Algorithm);
    }
}

#[test]
fn j04_header_and_padding_must_agree() {
    assert_refused_as(&signed_as(&signature::RSA_PSS_SHA256, "RS256"), VerifyError::Signature);
    assert_refused_as(&signed_as(&signature::RSA_PKCS1_SHA256, "PS256"), VerifyError::Algorithm);
    assert!(verify(&signed_as(&signature::RSA_PKCS1_SHA256, "RS256")).is_ok());
}
