//! Nothing in a header brings a key along, asks for an extension or changes what kind of token it is.

use resource_sdk::VerifyError::*;
use serde_json::{Value, json};

use crate::support::*;

/// A token of the foreign key whose header also has these members.
fn foreign_token(members: Value) -> String {
    let mut header = header();
    for (name, value) in members.as_object().unwrap() {
        header[name] = value.clone();
    }
    FOREIGN.token(header.to_string(), claims().to_string())
}

#[test]
fn j05_an_embedded_key_is_not_trusted() {
    let mut disguised = FOREIGN.jwk();
    disguised["kid"] = KID.into();
    for jwk in [FOREIGN.jwk(), disguised, json!({}), Value::Null] {
        assert_refused(&foreign_token(json!({ "jwk": jwk })));
        assert_refused(&foreign_token(json!({ "jwk": jwk, "kid": FOREIGN.kid })));
        assert_refused_as(&token_headed("jwk", jwk), ForeignKey);
    }
    let no_kid = json!({"typ": "at+jwt", "alg": "RS256", "jwk": FOREIGN.jwk()});
    assert_refused(&FOREIGN.token(no_kid.to_string(), claims().to_string()));
    // And without any trick, a foreign signature is a foreign signature.
    assert_refused_as(&foreign_token(json!({})), Signature);
}

#[test]
fn j07_certificates_in_the_header() {
    let certificate = b64([0x30; 300]);
    for (name, value) in [
        ("x5c", json!([certificate])),
        ("x5c", json!([])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("x5u", json!("https://idp.example/cert")),
        ("jku", json!("https://idp.example/jwks")),
    ] {
        assert_refused(&foreign_token(json!({ name: value })));
        assert_refused_as(&token_headed(name, value), ForeignKey);
    }
}

#[test]
fn j08_a_token_without_kid_fits_no_key() {
    let header = json!({"typ": "at+jwt", "alg": "RS256"}).to_string();
    let token = KEY.token(header, claims().to_string());
    assert_eq!(verifier().verify(&token, now()).err(), Some(KeyId));
    let two = verifier_with(&[KEY.jwk(), FOREIGN.jwk()]);
    assert_eq!(two.verify(&token, now()).err(), Some(KeyId));
}

#[test]
fn j09_a_hostile_kid_is_only_ever_compared() {
    for kid in [
        json!(null),
        json!(7),
        json!(true),
        json!([KID]),
        json!({"kid": KID}),
        json!(""),
        json!(" "),
        json!(format!("{KID} ")),
        json!(format!("{KID}\u{0}")),
        json!("a\nb"),
        json!("\u{202e}yek"),
        json!("clé"),
        json!("\u{feff}our-key"),
        json!("x".repeat(129)),
        json!("x".repeat(4_000)),
        json!("\u{1b}[31m"),
    ] {
        assert_refused_as(&token_headed("kid", kid), KeyId);
    }
    for kid in [
        "../../etc/passwd",
        "/dev/null",
        "' OR 1=1 --",
        "`id`",
        "$(id)",
        "http://127.0.0.1:1/",
        "%2e%2e%2f",
        "OUR-KEY",
        "our-key/",
        "our_key",
        &"x".repeat(128),
    ] {
        let expected = if kid.contains(' ') { KeyId } else { UnknownKey };
        assert_refused_as(&token_headed("kid", kid), expected);
    }
}

#[test]
fn j17_encrypted_and_nested_tokens() {
    let segments = |header: Value| format!("{}.a.b.c.d", b64(header.to_string()));
    for header in [
        json!({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": KID}),
        json!({"alg": "dir", "enc": "A256GCM"}),
        json!({"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 2_147_483_648_u64, "p2s": "AAAA"}),
        json!({"alg": "RSA-OAEP", "enc": "A256GCM", "zip": "DEF"}),
    ] {
        assert_refused_as(&segments(header), Malformed);
    }
    // The same members on an otherwise good token of three segments.
    for (name, value) in [
        ("enc", json!("A256GCM")),
        ("zip", json!("DEF")),
        ("p2c", json!(2_147_483_648_u64)),
        ("p2s", json!("AAAA")),
        ("epk", json!({})),
        ("iv", json!("AAAA")),
        ("tag", json!("AAAA")),
        ("cty", json!("JWT")),
        ("cty", json!("jwt")),
    ] {
        assert_refused_as(&token_headed(name, value), ForeignKey);
    }
    // A signed token as the payload of a signed token.
    assert_refused(&KEY.token(header().to_string(), good_token()));
}

#[test]
fn j19_extensions_are_not_understood() {
    for crit in [
        json!([]),
        json!(["exp"]),
        json!(["b64"]),
        json!(["alg"]),
        json!("exp"),
        json!([1]),
        json!(null),
        json!({}),
        json!(0),
        json!([""]),
        json!(["typ", "kid"]),
    ] {
        assert_refused_as(&token_headed("crit", crit), Extension);
    }
    let mut header = header();
    header["crit"] = json!(["x"]);
    header["x"] = json!(true);
    assert_refused_as(&token_under(header.to_string()), Extension);
    for b64 in [json!(false), json!(true), json!(null), json!("false")] {
        assert_refused_as(&token_headed("b64", b64.clone()), Extension);
        header["crit"] = json!(["b64"]);
        header["b64"] = b64;
        assert_refused_as(&token_under(header.to_string()), Extension);
    }
}

#[test]
fn j24_only_access_tokens() {
    for typ in ["at+jwt", "AT+JWT", "At+Jwt", "application/at+jwt", "APPLICATION/AT+JWT"] {
        assert!(verify(&token_headed("typ", typ)).is_ok(), "{typ}");
    }
    for typ in [
        json!("JWT"),
        json!("jwt"),
        json!("logout+jwt"),
        json!("dpop+jwt"),
        json!("at+jwt;v=1"),
        json!(5),
        json!(null),
        json!(["at+jwt"]),
        json!(""),
        json!("at"),
        json!("at+jwt "),
        json!(" at+jwt"),
        json!("at jwt"),
        json!("text/at+jwt"),
        json!("application/application/at+jwt"),
        json!("oauth-authz-req+jwt"),
        json!("token-introspection+jwt"),
        json!("secevent+jwt"),
        json!("client-authentication+jwt"),
    ] {
        assert_refused_as(&token_headed("typ", typ), Type);
    }
    let absent = json!({"alg": "RS256", "kid": KID});
    assert_refused_as(&token_under(absent.to_string()), Type);
}

#[test]
fn unknown_members_are_ignored_as_rfc_7515_says() {
    assert!(verify(&token_headed("x-trace", json!({"a": [1, 2]}))).is_ok());
}

#[test]
fn j35_other_kinds_of_token_signed_with_the_real_key() {
    let id_token = json!({
        "iss": ISSUER, "aud": "site-a", "sub": "user-1", "iat": NOW, "exp": NOW + 300, "nonce": "n",
        "auth_time": NOW, "sid": "session-1", "at_hash": "AAAA",
    });
    let logout_token = json!({
        "iss": ISSUER, "aud": AUDIENCE, "iat": NOW, "exp": NOW + 120, "jti": "l", "sid": "session-1",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    let assertion =
        json!({"iss": "site-a", "sub": "site-a", "aud": ISSUER, "jti": "x", "exp": NOW + 60, "iat": NOW});
    let userinfo = json!({"iss": ISSUER, "aud": "site-a", "sub": "user-1", "name": "A"});
    let introspection =
        json!({"iss": ISSUER, "aud": AUDIENCE, "iat": NOW, "token_introspection": {"active": true}});
    let mut refresh = claims();
    refresh["typ"] = json!("Refresh");
    for (typ, payload) in [
        ("JWT", id_token.clone()),
        ("logout+jwt", logout_token.clone()),
        ("JWT", assertion.clone()),
        ("JWT", userinfo.clone()),
        ("token-introspection+jwt", introspection.clone()),
        ("JWT", refresh),
    ] {
        let header = json!({"typ": typ, "alg": "RS256", "kid": KID}).to_string();
        assert_refused_as(&KEY.token(header, payload.to_string()), Type);
    }
    // Nor under the right type, for want of the claims.
    for payload in [id_token, logout_token, assertion, userinfo, introspection] {
        let outcome = verify(&KEY.token(header().to_string(), payload.to_string()));
        assert!(!matches!(outcome.err(), None | Some(Type)), "{payload}");
    }
}
