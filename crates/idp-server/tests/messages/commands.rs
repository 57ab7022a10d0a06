//! What is wrong with a command.

use crate::{
    BAD_COMMAND_LINE, REFUSED, assert_says,
    workspace::{Workspace, text},
};

#[test]
fn b10_a_flag_that_cannot_be_read_is_named_with_what_belongs_there() {
    let workspace = Workspace::new();
    let redirect = ["client", "add", "site", "--redirect-uri"];
    for (arguments, words) in [
        (
            &["user", "add", "a", "--claims", "{\"address\":\"x\"}"][..],
            &["--claims", "address must be a JSON object"][..],
        ),
        (&["user", "add", "a", "--claims", "{\"locael\":\"x\"}"], &["--claims", "did you mean locale?"]),
        (&["user", "add", "a", "--claims", "{"], &["--claims", "not JSON"]),
        (&["user", "add", "a b"], &["<USERNAME>", "no spaces inside"]),
        (&["user", "sign-out", "a", "--device", "x"], &["--device"]),
        (&[&redirect[..], &["https://*.example"]].concat(), &["--redirect-uri", "register each URI exactly"]),
        (&[&redirect[..], &["http://a.example/cb"]].concat(), &["--redirect-uri", "scheme must be https"]),
        (&["client", "add", "a b"], &["<ID>", "1 to 64 characters"]),
        (
            &["client", "add", "site", "--access-token-lifetime", "30"],
            &["--access-token-lifetime <DURATION>", "90s"],
        ),
        (&["client", "add", "site", "--grant", "implicit"], &["--grant", "authorization_code"]),
        (
            &["client", "add", "site", "--backchannel-logout-uri", "x"],
            &["--backchannel-logout-uri", "absolute URI"],
        ),
    ] {
        assert_says(&workspace.run(arguments), BAD_COMMAND_LINE, words);
    }
    let base = ["client", "add", "site", "--redirect-uri", "https://a.example/cb"];
    for (arguments, words) in [
        (
            ["--id-token-encryption-key", "nowhere.pem"],
            &["--id-token-encryption-key nowhere.pem", "No such file or directory"][..],
        ),
        (
            ["--backchannel-logout-uri", "https://10.0.0.1/logout"],
            &["10.0.0.1", "backchannel.allow_networks"],
        ),
        (["--access-token-lifetime", "10d"], &["access token", "1 day"]),
    ] {
        assert_says(&workspace.run(&[&base[..], &arguments].concat()), REFUSED, words);
    }
}

/// A fresh installation is asked for what takes a day, and people for what a setting decides: the refusal says which one.
#[test]
fn o4_a_refusal_that_hangs_on_a_setting_names_it() {
    let workspace = Workspace::new();
    let keys = workspace.json(&["keys", "list", "--json"]);
    let signer = keys.as_array().unwrap().iter().find(|key| key["state"] == "active").unwrap();
    let next_day =
        ["may sign from 20", "Z, when", "key.publish_ahead", "`keys compromised` gives it up at once"];
    let signer = signer["kid"].as_str().unwrap();
    assert_says(&workspace.run(&["keys", "rotate"]), REFUSED, &next_day);
    assert_says(&workspace.run(&["keys", "retire", signer]), REFUSED, &next_day);
    assert_eq!(workspace.json(&["keys", "list", "--json"]), keys, "nothing of this changed anything");
    workspace.json(&["user", "add", "alice", "--generate", "--json"]);
    for (arguments, input, setting) in [
        (&["user", "set-password", "alice", "--yes"][..], "short\n", "password.minimum_length"),
        (&["user", "send-password-link", "alice"], "", "mail.server"),
        (&["user", "invite", "bob@example.com"], "", "account.registration"),
        (&["mail", "test", "alice@example.com"], "", "mail.server"),
        (
            &["client", "add", "site", "--redirect-uri", "https://a.example/cb", "--require-acr", "9"],
            "",
            "authentication.levels",
        ),
    ] {
        assert_says(&workspace.run_with_input(arguments, input), REFUSED, &[setting]);
    }
}

#[test]
fn a_name_that_begins_with_a_hyphen_is_a_name() {
    let workspace = Workspace::new();
    workspace.json(&["user", "add", "-uD8XaYBg", "--generate", "--json"]);
    assert_eq!(workspace.json(&["user", "show", "-uD8XaYBg", "--json"])["username"], "-ud8xaybg");
    workspace.json(&["client", "add", "-site", "--redirect-uri", "https://site.example/cb", "--json"]);
    assert_eq!(workspace.json(&["client", "show", "-site", "--json"])["client_id"], "-site");
    let unknown = workspace.run(&["keys", "compromised", "-uD8XaYBgSUMzOThyoNGbDroDKWX3fIF6v7v9Ovk5NM"]);
    let words = text(&unknown.stderr);
    assert!(words.contains("there is no signing key"), "{words}");
}
