//! What an operator registers for a client beyond signing people in, and what is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod workspace;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use workspace::{Workspace, code, recorded_details, text};

const REDIRECT: &str = "https://a.example/cb";
const TOLD: &str = "https://a.example/auth/backchannel-logout";
const KEY: &str = include_str!("../testdata/encryption_key.pem");
const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0h8v8z\"/></svg>";

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.json(&["client", "add", "site", "--redirect-uri", REDIRECT, "--json"]);
    std::fs::write(workspace.path().join("site.pub"), KEY).unwrap();
    std::fs::write(workspace.path().join("logo.svg"), LOGO).unwrap();
    workspace
}

fn logo_name() -> String {
    idp_core::logo::Logo::parse(LOGO.into()).unwrap().name().to_string()
}

fn set(workspace: &Workspace, options: &[&str]) -> Value {
    workspace.json(&[&["client", "set", "site", "--yes", "--json"], options].concat())
}

#[test]
fn s72_where_a_client_is_told_is_set_shown_and_taken_away() {
    let workspace = workspace();
    let shown = workspace.json(&["client", "show", "site", "--json"]);
    assert_eq!(shown["backchannel_logout_uri"], Value::Null);
    assert_eq!(shown["logout_deliveries"], json!([]));

    let told = ["--backchannel-logout-uri", TOLD];
    let shown = set(&workspace, &[&told[..], &["--backchannel-logout-session-required"]].concat());
    assert_eq!(shown["backchannel_logout_uri"], TOLD);
    assert_eq!(shown["backchannel_logout_session_required"], true);
    assert_eq!(set(&workspace, &["--no-backchannel-logout"])["backchannel_logout_uri"], Value::Null);
    let added = workspace
        .json(&[&["client", "add", "other", "--redirect-uri", REDIRECT, "--json"], &told[..]].concat());
    assert_eq!(added["backchannel_logout_uri"], TOLD);
}

#[test]
fn s93_addresses_that_would_not_be_connected_to_are_not_registered() {
    let workspace = workspace();
    for uri in [
        "http://a.example/logout",
        "https://a.example/logout#x",
        "https://user:password@a.example/logout",
        "https://10.0.0.1/logout",
        "https://169.254.169.254/latest",
        "https://[fd00::1]/logout",
        "https://0xa.0.0.1/logout",
    ] {
        let refused = workspace.run(&["client", "set", "site", "--backchannel-logout-uri", uri]);
        assert_ne!(code(&refused), 0, "{uri}");
    }
    let here = "http://a.localhost:8081/auth/backchannel-logout";
    assert_eq!(set(&workspace, &["--backchannel-logout-uri", here])["backchannel_logout_uri"], here);
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
    assert_eq!(workspace.json(&allowed)["backchannel_logout_uri"], "https://10.0.0.1/logout");
}

#[test]
fn m16_the_key_of_id_tokens_is_set_shown_and_taken_away() {
    let workspace = workspace();
    let shown = set(&workspace, &["--id-token-encryption-key", "site.pub"]);
    assert_eq!(shown["id_token_encrypted_response_alg"], "RSA-OAEP-256");
    assert_eq!(shown["id_token_encrypted_response_enc"], "A256GCM");
    let key = &shown["id_token_encryption_key"];
    assert_eq!((key["kty"].as_str(), key["kid"].as_str().unwrap().len()), (Some("RSA"), 43), "{key}");
    let lines = text(&workspace.run(&["client", "show", "site"]).stdout);
    assert!(lines.contains("id_token_encrypted_response_alg: RSA-OAEP-256\n"), "{lines}");
    let bare = set(&workspace, &["--no-id-token-encryption"]);
    assert_eq!(bare["id_token_encrypted_response_alg"], Value::Null);

    std::fs::write(workspace.path().join("private"), KEY.replace("PUBLIC", "PRIVATE")).unwrap();
    for (file, words) in
        [("private", "private key"), ("nowhere", "cannot be read"), ("idp-data", "cannot be read")]
    {
        let refused = workspace.run(&["client", "set", "site", "--id-token-encryption-key", file]);
        assert_eq!(code(&refused), 4, "{file}");
        assert!(text(&refused.stderr).contains(words), "{file}: {}", text(&refused.stderr));
    }
}

#[test]
fn a11_following_the_revocation_feed_is_granted_and_withdrawn() {
    let workspace = workspace();
    assert_eq!(
        workspace.json(&["client", "show", "site", "--json"])["revocation_feed"],
        false,
        "unless granted"
    );
    assert_eq!(set(&workspace, &["--feed"])["revocation_feed"], true);
    assert_eq!(
        set(&workspace, &["--backchannel-logout-uri", TOLD])["revocation_feed"],
        true,
        "what is not named stays"
    );
    assert_eq!(set(&workspace, &["--no-feed"])["revocation_feed"], false);
    assert_eq!(code(&workspace.run(&["client", "set", "site", "--feed", "--no-feed"])), 2);
    let add = ["client", "add", "other", "--redirect-uri", REDIRECT, "--feed"];
    assert_eq!(workspace.json(&[&add[..], &["--json"]].concat())["revocation_feed"], true);
    let app = ["client", "add", "app", "--public", "--redirect-uri", REDIRECT, "--feed"];
    let refused = workspace.run(&app);
    assert_eq!(code(&refused), 4, "a client that cannot prove which it is");
    assert!(text(&refused.stderr).contains("only a confidential client"), "{}", text(&refused.stderr));
}

#[test]
fn nothing_to_change_and_nobody_to_change_are_said_so() {
    let workspace = workspace();
    assert_eq!(code(&workspace.run(&["client", "set", "site"])), 4);
    assert_eq!(code(&workspace.run(&["client", "set", "nobody", "--no-backchannel-logout"])), 4);
    let both = ["client", "set", "site", "--no-backchannel-logout", "--backchannel-logout-uri", TOLD];
    assert_eq!(code(&workspace.run(&both)), 2);
}

#[test]
fn m20_a_client_whose_access_tokens_would_not_fit_a_header_is_not_registered() {
    let workspace = workspace();
    let scope = |words: u32| (0..words).map(|n| format!("invoice:{n}:read")).collect::<Vec<_>>().join(" ");
    let (large, small) = (scope(60), scope(5));
    let add =
        |id, scope: &str| workspace.run(&["client", "add", id, "--redirect-uri", REDIRECT, "--scope", scope]);
    let refused = add("large", &large);
    assert_ne!(code(&refused), 0);
    assert!(text(&refused.stderr).contains("heaviest claims: scope"), "{}", text(&refused.stderr));
    assert_eq!(code(&add("small", &small)), 0);
    let add_for = |id, letters| {
        let audience = format!("https://{}.example", "a".repeat(letters));
        workspace.run(&["client", "add", id, "--redirect-uri", REDIRECT, "--audience", &audience])
    };
    let refused = add_for("wide", 200);
    assert_ne!(code(&refused), 0);
    assert!(text(&refused.stderr).contains("heaviest claims: aud"), "{}", text(&refused.stderr));
    // To the byte, with the longest `amr`: that of a password and a passkey.
    let refused = text(&add_for("narrow", 50).stderr);
    assert!(refused.contains("1025 bytes, more than 1024") && refused.contains("amr 44"), "{refused}");
    assert_eq!(code(&add_for("narrow", 49)), 0);
}

#[test]
fn s66_what_people_would_be_shown_is_checked_when_it_is_registered() {
    let workspace = workspace();
    std::fs::write(workspace.path().join("page.html"), "<html><svg></svg></html>").unwrap();
    std::fs::write(workspace.path().join("large.svg"), format!("<svg>{}</svg>", " ".repeat(40_000))).unwrap();
    for (flags, words) in [
        (["--logo", "page.html"], "--logo page.html: it is not a PNG, a WebP or an SVG file"),
        (["--logo", "large.svg"], "--logo large.svg: it is larger than 32 KiB"),
        (["--logo", "nowhere.png"], "--logo nowhere.png: cannot be read"),
        (["--client-uri", "javascript:alert(1)"], "must be an https address"),
        (["--policy-uri", "http://a.example/privacy"], "must be an https address"),
        (["--color", "red"], "must be a colour such as #2f5bd7"),
    ] {
        let refused = workspace.run(&["client", "set", "site", flags[0], flags[1]]);
        assert_ne!(code(&refused), 0, "{flags:?}");
        assert!(text(&refused.stderr).contains(words), "{words}: {}", text(&refused.stderr));
    }
}

/// A member of `client show`, a change of it by `client set`, and what is shown then.
fn changes() -> Vec<(&'static str, Vec<&'static str>, Value)> {
    let other = "https://other.example/cb";
    vec![
        ("client_name", vec!["--name", "Other"], json!("Other")),
        ("redirect_uris", vec!["--redirect-uri", other], json!([other])),
        ("post_logout_redirect_uris", vec!["--post-logout-redirect-uri", other], json!([other])),
        ("grant_types", vec!["--grant", "authorization_code"], json!(["authorization_code"])),
        ("scope", vec!["--scope", "openid read"], json!("openid read")),
        ("audience", vec!["--audience", "https://api.example"], json!("https://api.example")),
        ("require_pkce", vec!["--no-pkce"], json!(false)),
        ("consent", vec!["--ask-consent"], json!("ask")),
        ("access_token_lifetime", vec!["--access-token-lifetime", "2m"], json!(120)),
        ("backchannel_logout_uri", vec!["--backchannel-logout-uri", TOLD], json!(TOLD)),
        ("backchannel_logout_session_required", vec!["--backchannel-logout-session-required"], json!(true)),
        (
            "id_token_encrypted_response_alg",
            vec!["--id-token-encryption-key", "site.pub"],
            json!("RSA-OAEP-256"),
        ),
        ("revocation_feed", vec!["--feed"], json!(true)),
        ("required_acr", vec!["--require-acr", "2"], json!("2")),
        ("client_uri", vec!["--client-uri", "https://a.example"], json!("https://a.example")),
        ("policy_uri", vec!["--policy-uri", "https://a.example/privacy"], json!("https://a.example/privacy")),
        ("tos_uri", vec!["--tos-uri", "https://a.example/terms"], json!("https://a.example/terms")),
        ("color", vec!["--color", "#0B6E80"], json!("#0b6e80")),
        ("logo", vec!["--logo", "logo.svg"], json!(logo_name())),
        (
            "claims_mapping",
            vec!["--map-claim", "roles=roles:shop:@id_token,access_token", "--map-claim", "teams=groups"],
            json!([
                { "claim": "roles", "source": "roles", "prefix": "shop:", "targets": ["access_token", "id_token"] },
                { "claim": "teams", "source": "groups", "prefix": "", "targets": ["access_token"] },
            ]),
        ),
        ("allowed_roles", vec!["--allow-role", "auditor"], json!(["auditor"])),
        ("allowed_networks", vec!["--allow-network", "10.1.2.3/8"], json!(["10.0.0.0/8"])),
    ]
}

/// Members that no flag changes, and why.
const FIXED: [(&str, &str); 9] = [
    ("allowed_groups", "its flag names a group that there is, and none is there; as allowed_roles"),
    ("client_id", "what sites and tokens know the client by"),
    ("public", "a secret that comes later, or goes, would vouch for what was issued without it"),
    ("client_secrets", "client secret add and remove"),
    ("created_at", "a date"),
    ("logout_deliveries", "what happened"),
    ("warnings", "what of the rest may be a mistake"),
    ("id_token_encrypted_response_enc", "goes with the key"),
    ("id_token_encryption_key", "the key, whose flag names a file"),
];

#[tokio::test]
async fn b9_each_member_that_is_shown_can_be_set_or_is_fixed_for_a_reason() {
    let workspace = workspace();
    let shown = workspace.json(&["client", "show", "site", "--json"]);
    let shown: BTreeSet<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    let changes = changes();
    let settable = changes.iter().map(|(member, ..)| *member);
    let known: BTreeSet<&str> = settable.chain(FIXED.map(|(member, _)| member)).collect();
    assert_eq!(shown, known);
    for (member, flags, expected) in &changes {
        assert_eq!(set(&workspace, flags)[member], *expected, "{member}");
    }
    let after = workspace.json(&["client", "show", "site", "--json"]);
    for (member, _, expected) in &changes {
        assert_eq!(after[member], *expected, "{member} stays when others are changed");
    }
    // And the same flags make a client that is the same.
    let flags: Vec<&str> = changes.iter().flat_map(|(_, flags, _)| flags.clone()).collect();
    let added = workspace.json(&[&["client", "add", "other", "--json"], &flags[..]].concat());
    for (member, _, expected) in &changes {
        assert_eq!(added[member], *expected, "{member}");
    }
    let details = recorded_details(&workspace, "client_changed").await;
    let recorded = |member| match member {
        "id_token_encrypted_response_alg" => "id_token_encryption_key",
        member => member,
    };
    let names: BTreeSet<&str> = changes.iter().map(|(member, ..)| recorded(*member)).collect();
    let names: Vec<&str> = names.into_iter().collect();
    assert_eq!(details, names, "each act names what it changed");
}

#[test]
fn b9_what_was_set_is_taken_back() {
    let workspace = workspace();
    let before = workspace.json(&["client", "show", "site", "--json"]);
    let flags: Vec<&str> = changes().into_iter().flat_map(|(_, flags, _)| flags).collect();
    set(&workspace, &flags);
    let back = [
        "--name",
        "site",
        "--redirect-uri",
        REDIRECT,
        "--remove-post-logout-redirect-uri",
        "https://other.example/cb",
        "--add-grant",
        "refresh_token",
        "--remove-scope",
        "read",
        "--add-scope",
        "profile email",
        "--audience",
        "site",
        "--pkce",
        "--no-ask-consent",
        "--access-token-lifetime",
        "default",
        "--no-backchannel-logout",
        "--no-id-token-encryption",
        "--no-feed",
        "--no-client-uri",
        "--no-policy-uri",
        "--no-tos-uri",
        "--no-color",
        "--no-logo",
        "--no-require-acr",
        "--no-map-claims",
        "--no-allow-roles",
        "--no-allow-networks",
    ];
    assert_eq!(set(&workspace, &back), before);
}

#[test]
fn b9_lists_are_replaced_or_changed_by_one() {
    let workspace = workspace();
    let (second, third) = ("https://b.example/cb", "https://c.example/cb");
    let added = set(&workspace, &["--add-redirect-uri", second, "--add-redirect-uri", third]);
    assert_eq!(added["redirect_uris"], json!([REDIRECT, second, third]));
    let same = set(&workspace, &["--add-redirect-uri", second, "--add-grant", "refresh_token"]);
    assert_eq!(
        (&same["redirect_uris"], &same["grant_types"]),
        (&added["redirect_uris"], &added["grant_types"])
    );
    let moved = set(&workspace, &["--remove-redirect-uri", REDIRECT, "--remove-redirect-uri", third]);
    assert_eq!(moved["redirect_uris"], json!([second]));
    let replaced = set(&workspace, &["--redirect-uri", third, "--redirect-uri", REDIRECT]);
    assert_eq!(replaced["redirect_uris"], json!([third, REDIRECT]));
    let scope = set(&workspace, &["--add-scope", "read email write", "--remove-scope", "email"]);
    assert_eq!(scope["scope"], "openid profile read email write");
}

#[test]
fn b9_a_change_that_cannot_be_is_refused_with_its_flag_and_changes_nothing() {
    let workspace = workspace();
    let app = ["client", "add", "app", "--public", "--redirect-uri", "com.example.app:/cb"];
    assert_eq!(code(&workspace.run(&app)), 0);
    let before = workspace.json(&["client", "list", "--json"]);
    let long = "x".repeat(101);
    let wide = (0..60).map(|n| format!("invoice:{n}:read")).collect::<Vec<_>>().join(" ");
    for (client, flags, words) in [
        ("site", &["--remove-redirect-uri", REDIRECT][..], "--redirect-uri: authorization_code needs"),
        ("site", &["--remove-redirect-uri", "https://x.example/"], "not among https://a.example/cb"),
        ("site", &["--remove-scope", "phone"], "--remove-scope phone: not among openid"),
        ("site", &["--remove-grant", "client_credentials"], "--remove-grant client_credentials: not among"),
        (
            "site",
            &["--remove-grant", "authorization_code", "--remove-grant", "refresh_token"],
            "--grant: a client needs at least one",
        ),
        ("site", &["--name", ""], "--name: the name has 1 to 100"),
        ("site", &["--name", &long], "--name: the name has 1 to 100"),
        ("site", &["--audience", ""], "--audience: the audience has 1 to 256"),
        ("site", &["--access-token-lifetime", "59s"], "--access-token-lifetime: an access token lives"),
        ("site", &["--access-token-lifetime", "2d"], "--access-token-lifetime: an access token lives"),
        ("site", &["--scope", &wide], "--scope: "),
        ("site", &["--backchannel-logout-session-required"], "give --backchannel-logout-uri as well"),
        (
            "site",
            &["--backchannel-logout-uri", "https://10.0.0.1/out"],
            "--backchannel-logout-uri: https://10.0.0.1/out is at 10.0.0.1, which is not public; allow its network \
             with backchannel.allow_networks first (for one command: --set backchannel.allow_networks=...)",
        ),
        ("app", &["--feed"], "--feed: "),
        ("app", &["--no-pkce"], "--no-pkce: a public client always needs PKCE"),
        ("app", &["--add-grant", "client_credentials"], "--grant: client_credentials needs"),
    ] {
        let refused = workspace.run(&[&["client", "set", client], flags].concat());
        let message = text(&refused.stderr);
        assert_eq!(code(&refused), 4, "{flags:?}: {message}");
        assert!(message.contains(words), "{flags:?}: {message}");
        assert_eq!(workspace.json(&["client", "list", "--json"]), before, "{flags:?}");
    }
    for flags in [
        &["--pkce", "--no-pkce"][..],
        &["--ask-consent", "--no-ask-consent"],
        &["--redirect-uri", REDIRECT, "--add-redirect-uri", REDIRECT],
        &["--scope", "openid", "--remove-scope", "email"],
        &["--grant", "password"],
        &["--access-token-lifetime", "soon"],
        &["--public"],
        &["--scope", "a  b"],
    ] {
        assert_eq!(code(&workspace.run(&[&["client", "set", "site"], flags].concat())), 2, "{flags:?}");
    }
}

#[test]
fn m02_claims_and_rules_that_mean_nothing_are_refused_with_their_flag() {
    let workspace = workspace();
    for (flags, words) in [
        (["--map-claim", "sub=roles"], "means something else already"),
        (["--map-claim", "email=groups"], "means something else already"),
        (["--map-claim", "roles"], "a claim is mapped as CLAIM=roles"),
        (["--map-claim", "roles_bundle=roles"], "must not end in _bundle"),
        (["--allow-role", "no-such-role"], "--allow-role: there is no role \"no-such-role\""),
        (["--allow-group", "no-such-group"], "--allow-group: there is no group \"no-such-group\""),
        (["--allow-network", "here"], "invalid IP address syntax"),
    ] {
        let refused = workspace.run(&["client", "set", "site", flags[0], flags[1]]);
        assert_ne!(code(&refused), 0, "{flags:?}");
        assert!(text(&refused.stderr).contains(words), "{words}: {}", text(&refused.stderr));
    }
    let twice = ["client", "set", "site", "--map-claim", "roles=roles", "--map-claim", "roles=groups"];
    let refused = workspace.run(&twice);
    assert!(text(&refused.stderr).contains("--map-claim: at most 16"), "{}", text(&refused.stderr));
}
