//! What an operator registers for a client beyond signing people in, and what is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod home;

use home::{Home, code, text};
use serde_json::{Value, json};

const REDIRECT: &str = "https://a.example/cb";
const TOLD: &str = "https://a.example/auth/backchannel-logout";
const KEY: &str = include_str!("../testdata/encryption_key.pem");

fn home() -> Home {
    let home = Home::new();
    home.json(&["client", "add", "site", "--redirect-uri", REDIRECT, "--json"]);
    std::fs::write(home.path().join("site.pub"), KEY).unwrap();
    home
}

fn set(home: &Home, options: &[&str]) -> Value {
    home.json(&[&["client", "set", "site", "--json"], options].concat())
}

#[test]
fn s72_where_a_client_is_told_is_set_shown_and_taken_away() {
    let home = home();
    let shown = home.json(&["client", "show", "site", "--json"]);
    assert_eq!(shown["backchannel_logout_uri"], Value::Null);
    assert_eq!(shown["logout_deliveries"], json!([]));

    let told = ["--backchannel-logout-uri", TOLD];
    let shown = set(&home, &[&told[..], &["--backchannel-logout-session-required"]].concat());
    assert_eq!(shown["backchannel_logout_uri"], TOLD);
    assert_eq!(shown["backchannel_logout_session_required"], true);
    assert_eq!(set(&home, &["--no-backchannel-logout"])["backchannel_logout_uri"], Value::Null);
    let added =
        home.json(&[&["client", "add", "other", "--redirect-uri", REDIRECT, "--json"], &told[..]].concat());
    assert_eq!(added["backchannel_logout_uri"], TOLD);
}

#[test]
fn s93_addresses_that_would_not_be_connected_to_are_not_registered() {
    let home = home();
    for uri in [
        "http://a.example/logout",
        "https://a.example/logout#x",
        "https://user:password@a.example/logout",
        "https://10.0.0.1/logout",
        "https://169.254.169.254/latest",
        "https://[fd00::1]/logout",
        "https://0xa.0.0.1/logout",
    ] {
        let refused = home.run(&["client", "set", "site", "--backchannel-logout-uri", uri]);
        assert_ne!(code(&refused), 0, "{uri}");
    }
    let here = "http://a.localhost:8081/auth/backchannel-logout";
    assert_eq!(set(&home, &["--backchannel-logout-uri", here])["backchannel_logout_uri"], here);
    let allowed = [
        "--set",
        "backchannel.allow_networks=10.0.0.0/8",
        "client",
        "set",
        "site",
        "--json",
        "--backchannel-logout-uri",
        "https://10.0.0.1/logout",
    ];
    assert_eq!(home.json(&allowed)["backchannel_logout_uri"], "https://10.0.0.1/logout");
}

#[test]
fn m16_the_key_of_id_tokens_is_set_shown_and_taken_away() {
    let home = home();
    let shown = set(&home, &["--id-token-encryption-key", "site.pub"]);
    assert_eq!(shown["id_token_encrypted_response_alg"], "RSA-OAEP-256");
    assert_eq!(shown["id_token_encrypted_response_enc"], "A256GCM");
    assert_eq!(shown["id_token_encryption_key"].as_str().unwrap().len(), 43, "a thumbprint");
    let lines = text(&home.run(&["client", "show", "site"]).stdout);
    assert!(lines.contains("id_token_encrypted_response_alg: RSA-OAEP-256\n"), "{lines}");
    let bare = set(&home, &["--no-id-token-encryption"]);
    assert_eq!(bare["id_token_encrypted_response_alg"], Value::Null);

    std::fs::write(home.path().join("private"), KEY.replace("PUBLIC", "PRIVATE")).unwrap();
    for (file, words) in
        [("private", "private key"), ("nowhere", "cannot be read"), ("idp-data", "cannot be read")]
    {
        let refused = home.run(&["client", "set", "site", "--id-token-encryption-key", file]);
        assert_eq!(code(&refused), 4, "{file}");
        assert!(text(&refused.stderr).contains(words), "{file}: {}", text(&refused.stderr));
    }
}

#[test]
fn a11_following_the_revocation_feed_is_granted_and_withdrawn() {
    let home = home();
    assert_eq!(home.json(&["client", "show", "site", "--json"])["revocation_feed"], false, "unless granted");
    assert_eq!(set(&home, &["--feed"])["revocation_feed"], true);
    assert_eq!(
        set(&home, &["--backchannel-logout-uri", TOLD])["revocation_feed"],
        true,
        "what is not named stays"
    );
    assert_eq!(set(&home, &["--no-feed"])["revocation_feed"], false);
    assert_eq!(code(&home.run(&["client", "set", "site", "--feed", "--no-feed"])), 2);
    let add = ["client", "add", "other", "--redirect-uri", REDIRECT, "--feed"];
    assert_eq!(home.json(&[&add[..], &["--json"]].concat())["revocation_feed"], true);
    let app = ["client", "add", "app", "--public", "--redirect-uri", REDIRECT, "--feed"];
    let refused = home.run(&app);
    assert_eq!(code(&refused), 4, "a client that cannot prove which it is");
    assert!(text(&refused.stderr).contains("only a confidential client"), "{}", text(&refused.stderr));
}

#[test]
fn nothing_to_change_and_nobody_to_change_are_said_so() {
    let home = home();
    assert_eq!(code(&home.run(&["client", "set", "site"])), 4);
    assert_eq!(code(&home.run(&["client", "set", "nobody", "--no-backchannel-logout"])), 4);
    let both = ["client", "set", "site", "--no-backchannel-logout", "--backchannel-logout-uri", TOLD];
    assert_eq!(code(&home.run(&both)), 2);
}

#[test]
fn m20_a_client_whose_access_tokens_would_not_fit_a_header_is_not_registered() {
    let home = home();
    let scope = |words: u32| (0..words).map(|n| format!("invoice:{n}:read")).collect::<Vec<_>>().join(" ");
    let (large, small) = (scope(60), scope(5));
    let add =
        |id, scope: &str| home.run(&["client", "add", id, "--redirect-uri", REDIRECT, "--scope", scope]);
    let refused = add("large", &large);
    assert_ne!(code(&refused), 0);
    assert!(text(&refused.stderr).contains("heaviest claims: scope"), "{}", text(&refused.stderr));
    assert_eq!(code(&add("small", &small)), 0);
    let add_for = |id, letters| {
        let audience = format!("https://{}.example", "a".repeat(letters));
        home.run(&["client", "add", id, "--redirect-uri", REDIRECT, "--audience", &audience])
    };
    let refused = add_for("wide", 200);
    assert_ne!(code(&refused), 0);
    assert!(text(&refused.stderr).contains("heaviest claims: aud"), "{}", text(&refused.stderr));
    assert_eq!(code(&add_for("narrow", 60)), 0);
}
