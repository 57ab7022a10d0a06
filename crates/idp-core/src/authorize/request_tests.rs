#![allow(clippy::unwrap_used)]
use super::*;
use crate::authentication::Acr;
use crate::authorize::Target;
use crate::client::{ClientKind, sample};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn client(kind: ClientKind, require_pkce: bool) -> Client {
    let mut client = sample::client(kind);
    client.metadata.require_pkce = require_pkce;
    client
}

fn confidential(require_pkce: bool) -> Client {
    client(sample::confidential(), require_pkce)
}

/// A good request with `changes` made: an empty value takes the parameter away.
fn outcome(client: &Client, changes: &[(&str, &str)]) -> Result<AuthorizationRequest, OAuthError> {
    let good = [
        ("client_id", "site-a"),
        ("redirect_uri", "https://a.example/cb"),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let unchanged = good.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let params: Params = unchanged.chain(changes).copied().collect();
    let target = Target::resolve(&params, client).unwrap();
    let offered = Offered { levels: &levels(), registration: true };
    AuthorizationRequest::check(&params, client, offered, target, &|hint| {
        (hint == "genuine").then(|| "subject".into())
    })
}

fn levels() -> Levels {
    Levels::try_from(vec!["1=any".to_owned(), "house=any".to_owned()]).unwrap()
}

fn code_of(changes: &[(&str, &str)]) -> &'static str {
    outcome(&confidential(true), changes).map_or_else(|error| error.code.as_str(), |_| "fine")
}

#[test]
fn a_good_request_passes_and_unknown_parameters_are_ignored() {
    assert_eq!(code_of(&[]), "fine");
    assert_eq!(
        code_of(&[("extra", "foobar"), ("display", "popup"), ("ui_locales", "se"), ("acr_values", "1 2")]),
        "fine"
    );
}

#[test]
fn s05_a_repeated_parameter_is_refused() {
    assert_eq!(code_of(&[("nonce", "a"), ("nonce", "a")]), "invalid_request");
    assert_eq!(code_of(&[("a[]", "1"), ("a[]", "2")]), "invalid_request");
}

#[test]
fn s06_nothing_but_a_code_by_query_or_form() {
    for wanted in ["token", "id_token", "code token", "code id_token", "none", "CODE"] {
        assert_eq!(code_of(&[("response_type", wanted)]), "unsupported_response_type", "{wanted}");
    }
    assert_eq!(code_of(&[("response_type", "")]), "invalid_request");
    for mode in ["fragment", "web_message", "jwt", "Query"] {
        assert_eq!(code_of(&[("response_mode", mode)]), "invalid_request", "{mode}");
    }
    assert_eq!(code_of(&[("response_mode", "form_post")]), "fine");
}

#[test]
fn s07_prompt_and_max_age_are_read_strictly() {
    for prompt in
        ["none login", "login none", "none create", "create none", "Create", "Login", "login  consent"]
    {
        assert_eq!(code_of(&[("prompt", prompt)]), "invalid_request", "{prompt}");
    }
    for age in ["-1", "x", "+1", "1.5", "9999999999999", " 1"] {
        assert_eq!(code_of(&[("max_age", age)]), "invalid_request", "{age}");
    }
    assert_eq!(code_of(&[("max_age", "0"), ("prompt", "login consent")]), "fine");
}

#[test]
fn s10_request_objects_are_not_supported() {
    assert_eq!(code_of(&[("request", "x")]), "request_not_supported");
    assert_eq!(code_of(&[("request_uri", "https://a.example")]), "request_uri_not_supported");
    assert_eq!(code_of(&[("registration", "{}")]), "registration_not_supported");
    assert_eq!(code_of(&[("claims", "{")]), "invalid_request");
}

#[test]
fn s11_scope_stays_within_the_registration() {
    for scope in ["", "openid admin", "openid  email", "openid\temail"] {
        assert_eq!(code_of(&[("scope", scope)]), "invalid_scope", "{scope:?}");
    }
    assert_eq!(code_of(&[("scope", &"x".repeat(10_000))]), "invalid_scope");
}

#[test]
fn s12_pkce_is_demanded_and_only_s256() {
    for changes in [
        [("code_challenge", ""), ("code_challenge_method", "")],
        [("code_challenge", ""), ("code_challenge_method", "S256")],
        [("code_challenge", CHALLENGE), ("code_challenge_method", "plain")],
        [("code_challenge", CHALLENGE), ("code_challenge_method", "")],
        [("code_challenge", "short"), ("code_challenge_method", "S256")],
    ] {
        assert_eq!(code_of(&changes), "invalid_request", "{changes:?}");
    }
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    assert!(outcome(&confidential(false), &without).is_ok());
    assert_eq!(
        client(ClientKind::Public, false).checked().err(),
        Some(crate::client::UnfitClient::PublicWithoutPkce)
    );
}

#[test]
fn j35_a_hint_that_is_not_our_id_token_is_refused() {
    assert_eq!(code_of(&[("id_token_hint", "forged")]), "invalid_request");
    let request = outcome(&confidential(true), &[("id_token_hint", "genuine")]).unwrap();
    assert_eq!(request.hinted_subject.as_deref(), Some("subject"));
}

#[test]
fn s08_a_state_too_long_to_return_is_refused() {
    assert_eq!(code_of(&[("state", &"s".repeat(4096))]), "fine");
    assert_eq!(code_of(&[("state", &"s".repeat(4097))]), "invalid_request");
}

/// How `acr` is asked for, and what is kept of it.
fn acr_of(changes: &[(&str, &str)]) -> AcrRequest {
    outcome(&confidential(true), changes).unwrap().claims.acr
}

#[test]
fn s07_acr_values_are_a_wish_and_only_an_essential_claim_is_a_demand() {
    let names = |names: &[&str]| names.iter().filter_map(|name| Acr::parse(name)).collect::<Vec<_>>();
    assert_eq!(acr_of(&[]), AcrRequest::Nothing);
    assert_eq!(acr_of(&[("acr_values", "phr house  1 house")]), AcrRequest::Prefers(names(&["house", "1"])));
    assert!(acr_of(&[("acr_values", "phr \"")]).is_nothing());
    let demand = r#"{"id_token":{"acr":{"essential":true,"values":["phr","1"]}}}"#;
    assert_eq!(acr_of(&[("claims", demand), ("acr_values", "house")]), AcrRequest::Demands(names(&["1"])));
    assert_eq!(
        acr_of(&[("claims", r#"{"id_token":{"acr":{"essential":true}}}"#), ("acr_values", "house")]),
        AcrRequest::Prefers(names(&["house"]))
    );
    let unmet = r#"{"id_token":{"acr":{"essential":true,"value":"phr"}}}"#;
    assert_eq!(code_of(&[("claims", unmet)]), "unmet_authentication_requirements");
    assert_eq!(code_of(&[("claims", unmet), ("acr_values", "1")]), "unmet_authentication_requirements");
    assert_eq!(code_of(&[("claims", r#"{"id_token":{"acr":{"value":"phr"}}}"#)]), "fine");
}

#[test]
fn a_level_that_is_taken_away_meanwhile_is_not_answered_with_another() {
    let client = confidential(true);
    let of = |claims: &str| outcome(&client, &[("claims", claims)]).unwrap();
    let demand = of(r#"{"id_token":{"acr":{"essential":true,"value":"house"}}}"#);
    let wish = of(r#"{"id_token":{"acr":{"value":"house"}}}"#);
    assert!(demand.check_again(&client, &levels()).is_ok());
    let refused = demand.check_again(&client, &Levels::default()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::UnmetAuthenticationRequirements);
    assert!(wish.check_again(&client, &Levels::default()).is_ok());
}
