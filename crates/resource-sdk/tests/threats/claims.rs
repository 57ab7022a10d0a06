//! Whose token it is, from whom, for whom, and what it may.

use resource_sdk::{Principal, VerifyError::*};
use serde_json::{Value, json};

use crate::support::*;

#[test]
fn j32_audience() {
    for audience in [
        json!(AUDIENCE),
        json!([AUDIENCE]),
        json!(["https://other.example", AUDIENCE]),
        json!([AUDIENCE, AUDIENCE]),
        json!([AUDIENCE, ""]),
    ] {
        assert!(verify(&token_claiming("aud", audience.clone())).is_ok(), "{audience}");
    }
    for audience in [
        json!("https://api.example/"),
        json!("https://api.exampl"),
        json!("https://api.example.evil"),
        json!("HTTPS://api.example"),
        json!("https://API.example"),
        json!(" https://api.example"),
        json!("https://api.example "),
        json!("https://api.example\u{0}"),
        json!("api.example"),
        json!("*"),
        json!(""),
        json!("https://other.example https://api.example"),
        json!("https://other.example,https://api.example"),
        json!([]),
        json!(["https://other.example"]),
        json!([[AUDIENCE]]),
        json!([AUDIENCE, 7]),
        json!([AUDIENCE, null]),
        json!([AUDIENCE, [AUDIENCE]]),
        json!({"0": AUDIENCE}),
        json!({AUDIENCE: true}),
        json!(null),
        json!(true),
        json!(7),
        json!(ISSUER),
        json!("https://аpi.example"),
        json!("https://api.example:443"),
    ] {
        assert_refused(&token_claiming("aud", audience));
    }
    assert_refused_as(&token_without("aud"), Audience);
}

#[test]
fn j33_issuer() {
    for issuer in [
        json!("https://idp.example/"),
        json!("http://idp.example"),
        json!("https://idp.example.evil"),
        json!("https://evilidp.example"),
        json!("https://idp.exampl"),
        json!("https://IDP.example"),
        json!("idp.example"),
        json!("https://idp.example:443"),
        json!("https://idp.example#"),
        json!("https://idp.example\u{0}"),
        json!(" https://idp.example"),
        json!("https://idp.example "),
        json!(""),
        json!([ISSUER]),
        json!([ISSUER, "https://evil.example"]),
        json!({"iss": ISSUER}),
        json!(null),
        json!(7),
        json!(true),
        json!("https://ıdp.example"),
        json!("https://xn--idp.example"),
    ] {
        assert_refused(&token_claiming("iss", issuer));
    }
    assert_refused_as(&token_without("iss"), Issuer);
}

#[test]
fn j34_required_identifiers() {
    for name in ["sub", "client_id", "jti"] {
        assert_refused(&token_without(name));
        for value in [
            json!(""),
            json!(7),
            json!([]),
            json!(["x"]),
            json!({}),
            json!(null),
            json!(true),
            json!("x".repeat(256)),
            json!("x".repeat(300)),
            json!("é".repeat(200)),
            json!("a\u{0}b"),
            json!("a\nb"),
            json!("a\u{7f}"),
        ] {
            assert_refused(&token_claiming(name, value));
        }
        for value in ["x", &"x".repeat(255), "user:1 @example", "用户"] {
            assert!(verify(&token_claiming(name, value)).is_ok(), "{name} {value}");
        }
    }
}

#[test]
fn j36_scope_is_one_string() {
    for scope in [json!(["read"]), json!([]), json!({"read": true}), json!(7), json!(null), json!(true)] {
        assert_refused_as(&token_claiming("scope", scope), Claim("scope"));
    }
    for (scope, has_read) in [
        ("read", true),
        ("write read", true),
        ("reader", false),
        ("read:all", false),
        ("READ", false),
        ("x\tread", false),
        ("", false),
        ("write", false),
        ("read\u{a0}write", false),
    ] {
        let token = verify(&token_claiming("scope", scope)).unwrap();
        assert_eq!(token.scope().contains("read"), has_read, "{scope:?}");
    }
    assert!(verify(&token_without("scope")).unwrap().scope().is_empty());
}

#[test]
fn j37_a_program_is_not_the_person_whose_name_it_bears() {
    let person = verify(&good_token()).unwrap();
    assert_eq!(person.principal(), Principal::User { subject: "user-1" });
    assert_eq!(person.user(), Some("user-1"));

    let program = verify(&token_with(|claims| {
        let claims = claims.as_object_mut().unwrap();
        for name in ["auth_time", "sid", "acr", "amr"] {
            claims.remove(name);
        }
        claims["client_id"] = "user-1".into();
    }));
    let program = program.unwrap();
    assert_eq!(program.subject(), "user-1");
    assert_eq!(program.principal(), Principal::Client { client_id: "user-1" });
    assert_eq!(program.user(), None);
}

#[test]
fn optional_claims_have_their_type_or_are_absent() {
    for (name, wrong) in [
        ("sid", json!(7)),
        ("sid", json!(null)),
        ("acr", json!(["1"])),
        ("acr", json!(1)),
        ("amr", json!("pwd")),
        ("amr", json!([1])),
        ("amr", json!(null)),
        ("auth_time", json!("yesterday")),
        ("auth_time", json!(null)),
    ] {
        assert_refused(&token_claiming(name, wrong));
    }
    for name in ["sid", "acr", "amr", "scope", "auth_time"] {
        assert!(verify(&token_without(name)).is_ok(), "{name}");
    }
}

#[test]
fn a_token_bound_to_a_key_is_no_bearer_token() {
    for confirmation in [json!({"jkt": "AAAA"}), json!({"x5t#S256": "AAAA"}), json!({}), json!(null)] {
        assert_refused_as(&token_claiming("cnf", confirmation), SenderConstrained);
    }
}

#[test]
fn an_accepted_token_says_what_was_signed() {
    #[derive(serde::Deserialize)]
    struct Private {
        tenant: String,
        roles: Vec<String>,
    }
    let token = token_with(|claims| {
        claims["tenant"] = "acme".into();
        claims["roles"] = json!(["admin"]);
        claims["aud"] = json!([AUDIENCE, ISSUER]);
    });
    let token = verify(&token).unwrap();
    assert_eq!(token.issuer(), ISSUER);
    assert_eq!(token.audience(), [AUDIENCE, ISSUER]);
    assert_eq!((token.client_id(), token.jti()), ("site-a", "token-1"));
    assert_eq!((token.session_id(), token.acr()), (Some("session-1"), Some("1")));
    assert_eq!(token.amr(), ["pwd"]);
    assert_eq!(token.issued_at().as_secs(), NOW - 60);
    assert_eq!(token.expires_at().as_secs(), NOW + 300);
    assert_eq!(token.auth_time().map(|time| time.as_secs()), Some(NOW - 600));
    let private: Private = token.claims().unwrap();
    assert_eq!((private.tenant.as_str(), private.roles.as_slice()), ("acme", &["admin".to_owned()][..]));
    assert!(token.claims::<Vec<Value>>().is_err());
}

#[test]
fn j50_debug_output_names_the_token_id_alone() {
    let printed = format!("{:?}", verify(&good_token()).unwrap());
    assert!(printed.contains("token-1"));
    for secret in ["user-1", "site-a", "session-1", "read", ISSUER, AUDIENCE, "pwd"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
