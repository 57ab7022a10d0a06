//! Commands about people, sites, keys and what is on its way: each does the same on the database and on a server elsewhere.

use crate::desk::Both;
use crate::everything::letters_are_on;
use idp_core::administration::Permissions;
use idp_server::config::Registration;
use idp_tests::{Authenticator, ClientSpec, TestIdp};
use serde_json::{Value, json};

const PLACES: [bool; 2] = [false, true];

async fn with_all_rights(idp: &TestIdp) -> Both<'_> {
    Both::of(idp, &Permissions::all().to_string()).await
}

#[tokio::test]
async fn a_person_is_added_shown_found_changed_and_removed() {
    let idp = TestIdp::start().await;
    let both = with_all_rights(&idp).await;
    for there in PLACES {
        let json = async |arguments: &[&str]| both.json(there, arguments).await;
        let added =
            json(&["user", "add", "ada", "--generate", "--vouch-mail", "ada@one.example", "--name", "Ada L"])
                .await;
        assert!(added["password"].is_string() && added["temporary_until"].is_string(), "{added}");
        let id = added["id"].as_str().unwrap();
        for key in ["ada", "ADA@one.example", id] {
            let shown = json(&["user", "show", key]).await;
            assert_eq!((&shown["id"], &shown["username"]), (&added["id"], &json!("ada")), "{key}");
            assert_eq!(shown["methods"]["password"]["expires_at"], added["temporary_until"]);
            assert_eq!((&shown["roles"], &shown["terms"]), (&json!([]), &json!([])));
        }
        let found = json(&["user", "list", "ada one"]).await;
        assert_eq!((found[0]["id"].as_str(), found.as_array().unwrap().len()), (Some(id), 1), "{found}");

        let set =
            ["user", "set", "ada", "--username", "adele", "--claim", "locale=de", "--remove-claim", "name"];
        let more = [
            "--add-mail",
            "b@one.example",
            "--vouch-mail",
            "c@one.example",
            "--primary-mail",
            "c@one.example",
        ];
        let changed = json(&[&set[..], &more, &["--require-second-factor"]].concat()).await;
        assert_eq!((&changed["username"], &changed["claims"]), (&json!("adele"), &json!({ "locale": "de" })));
        assert_eq!(
            (&changed["email"], &changed["second_factor_required"]),
            (&json!("c@one.example"), &json!(true))
        );
        assert_eq!(changed["addresses"].as_array().unwrap().len(), 3);
        // An address that is verified and not the primary one names the person as well.
        assert_eq!(json(&["user", "show", "ada@one.example"]).await["username"], "adele");
        // A change is whole, or is not made.
        let half = ["user", "set", "adele", "--claim", "locale=fr", "--remove-mail", "z@one.example"];
        let refused = both.refused(there, &half).await;
        assert!(refused.contains("z@one.example is none of their addresses"), "{refused}");
        let unchanged = json(&["user", "set", "adele", "--no-require-second-factor"]).await;
        assert_eq!(
            (&unchanged["claims"]["locale"], &unchanged["second_factor_required"]),
            (&json!("de"), &json!(false))
        );

        assert!(
            both.refused(there, &["user", "add", "adele", "--generate"]).await.contains("exists already")
        );
        for word in ["disabled", "active"] {
            let (command, yes) =
                if word == "active" { ("enable", &[][..]) } else { ("disable", &["--yes"][..]) };
            assert_eq!(json(&[&["user", command, "adele"], yes].concat()).await["status"], word);
            assert_eq!(json(&["user", "list"]).await[0]["status"], word);
        }
        let typed =
            both.run(there, &["user", "set-password", "adele", "--yes"], "a walk along 7 rivers\n").await;
        assert!(typed.status.success(), "{typed:?}");
        let made = json(&["user", "set-password", "adele", "--generate", "--permanent", "--yes"]).await;
        assert!(made["password"].is_string() && made["temporary_until"].is_null(), "{made}");
        let link = both.refused(there, &["user", "send-password-link", "adele"]).await;
        assert!(link.contains("no letter reaches this person"), "{link}");
        let asked = both.refused(there, &["user", "remove", "adele"]).await;
        assert!(asked.contains("--yes") && asked.contains("no device"), "{asked}");
        assert_eq!(json(&["user", "remove", "adele", "--yes"]).await["id"], added["id"]);
        let gone = both.refused(there, &["user", "show", "adele"]).await;
        assert!(gone.contains("there is no user \"adele\""), "{gone}");
    }
}

#[tokio::test]
async fn what_a_person_has_open_is_shown_and_ended() {
    let idp = TestIdp::start().await;
    let both = with_all_rights(&idp).await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await;
    for there in PLACES {
        let json = async |arguments: &[&str]| both.json(there, arguments).await;
        let mut browsers = Vec::new();
        for _ in 0..3 {
            let browser = idp.browser();
            browser.sign_in_for_tokens(&idp, &site, "alice").await;
            browsers.push(browser);
        }
        let open = async || {
            let devices = json(&["user", "devices", "alice"]).await;
            let open = devices.as_array().unwrap().iter().filter(|one| one["ended_at"].is_null());
            open.cloned().collect::<Vec<Value>>()
        };
        let sessions = open().await;
        assert_eq!((sessions.len(), &sessions[0]["sites"][0]["client_id"]), (3, &json!("site-a")));
        assert!(sessions[0]["authenticated_at"].is_string());
        let id = |number: usize| sessions[number]["id"].as_str().unwrap();
        let ended = json(&["user", "sign-out", "alice", "--device", id(0)]).await;
        assert_eq!(ended["sessions"], json!([id(0)]));
        let said = both.refused(there, &["user", "sign-out", "alice"]).await;
        assert!(said.contains("signed in on 2 devices and at 1 site (site-a)"), "{said}");
        let ended = json(&["user", "sign-out", "alice", "--others-than", id(1), "--yes"]).await;
        assert_eq!(ended["sessions"], json!([id(2)]));
        assert_eq!(open().await.len(), 1);

        let consents = json(&["user", "consents", "alice"]).await;
        assert_eq!((&consents[0]["client_id"], &consents[0]["sessions"]), (&json!("site-a"), &json!(1)));
        json(&["user", "withdraw-consent", "alice", "site-a", "--yes"]).await;
        assert_eq!(json(&["user", "consents", "alice"]).await, json!([]));
        let nothing = both.refused(there, &["user", "withdraw-consent", "alice", "site-a", "--yes"]).await;
        assert!(nothing.contains("has nothing of this person"), "{nothing}");

        let everybody = both.refused(there, &["user", "sign-out", "--all"]).await;
        assert!(everybody.contains("1 sign-in would end"), "{everybody}");
        assert_eq!(json(&["user", "sign-out", "--all", "--yes"]).await["all"], true);
        assert_eq!(open().await.len(), 0);

        Authenticator::of(&idp, alice, "Pixel").await;
        let method = json(&["user", "show", "alice"]).await["methods"]["second_factors"][0]["id"].take();
        json(&["user", "remove-method", "alice", method.as_str().unwrap(), "--yes"]).await;
        Authenticator::of(&idp, alice, "Pixel").await;
        for had_some in [true, false] {
            assert_eq!(json(&["user", "reset-methods", "alice", "--yes"]).await["reset"], had_some);
        }
    }
}

#[tokio::test]
async fn people_are_invited_and_an_invitation_is_taken_back() {
    let idp = TestIdp::start_with(|config| {
        letters_are_on(config);
        config.account.registration = Registration::Invitation;
    })
    .await;
    let settings = [
        "--set",
        "account.registration=invitation",
        "--set",
        "mail.server=smtp://127.0.0.1:9",
        "--set",
        "mail.from=idp@house.example",
    ];
    let both = Both::told(&idp, &Permissions::all().to_string(), &settings).await;
    for there in PLACES {
        let json = async |arguments: &[&str]| both.json(there, arguments).await;
        let invite =
            ["user", "invite", "Gina@new.example", "--name", "Gina G", "--username", "gina", "--ttl", "2d"];
        let invited = json(&invite).await;
        let listed = json(&["user", "invitations"]).await;
        assert_eq!(
            (&listed[0]["username"], &listed[0]["expires_at"]),
            (&json!("gina"), &invited["expires_at"])
        );
        let shown = json(&["user", "invitations", "gina@new.example"]).await;
        assert_eq!((&shown["name"], &shown["address"]), (&json!("Gina G"), &json!("Gina@new.example")));
        json(&["user", "uninvite", "GINA@new.example"]).await;
        for gone in ["uninvite", "invitations"] {
            let refused = both.refused(there, &["user", gone, "gina@new.example"]).await;
            assert!(refused.contains("there is no open invitation to gina@new.example"), "{refused}");
        }
        let long = both.refused(there, &["user", "invite", "ida@new.example", "--ttl", "31d"]).await;
        assert!(long.contains("30 days"), "{long}");
        let mails = json(&["mail", "list", "--state", "pending"]).await;
        assert_eq!((&mails[0]["kind"], &mails[0]["attempts"]), (&json!("invitation"), &json!(0)), "{mails}");
        let mail = mails[0]["id"].as_str().unwrap();
        json(&["mail", "retry", mail]).await;
        json(&["mail", "give-up", mail]).await;
        assert_eq!(json(&["mail", "list"]).await[0]["state"], "given_up");
        assert!(both.refused(there, &["mail", "give-up", mail]).await.contains("was sent, given up"));
    }
}

const LOGO: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>"#;

#[tokio::test]
async fn a_site_is_registered_changed_given_secrets_and_removed() {
    let idp = TestIdp::start().await;
    let both = with_all_rights(&idp).await;
    let logo = both.file("logo.svg", LOGO);
    for there in PLACES {
        let json = async |arguments: &[&str]| both.json(there, arguments).await;
        let uri = "https://site.example/callback";
        let added = json(&["client", "add", "site", "--redirect-uri", uri, "--scope", "openid read"]).await;
        assert!(added["client_secret"].is_string() && added["warnings"][0].is_string(), "{added}");
        let lines = both.run(there, &["client", "add", "app", "--public", "--redirect-uri", uri], "").await;
        let said = crate::desk::text(&lines.stdout);
        assert!(said.contains(&format!("Issuer: {}", idp.issuer)) || !there, "{said}");
        let listed = json(&["client", "list", "si"]).await;
        assert_eq!((listed.as_array().unwrap().len(), &listed[0]["client_id"]), (1, &json!("site")));

        let flags = ["--add-redirect-uri", "https://b.example/cb", "--ask-consent", "--logo", &logo];
        let mapped = ["--map-claim", "roles=roles:shop:@id_token", "--access-token-lifetime", "2m"];
        let set = json(&[&["client", "set", "site"][..], &flags, &mapped].concat()).await;
        assert_eq!(
            (&set["redirect_uris"], &set["consent"]),
            (&json!([uri, "https://b.example/cb"]), &json!("ask"))
        );
        assert_eq!(
            (&set["claims_mapping"][0]["prefix"], &set["access_token_lifetime"]),
            (&json!("shop:"), &json!(120))
        );
        assert!(set["logo"].is_string());
        let back = [
            "--remove-redirect-uri",
            "https://b.example/cb",
            "--no-ask-consent",
            "--no-logo",
            "--no-map-claims",
        ];
        let set =
            json(&[&["client", "set", "site", "--access-token-lifetime", "default"][..], &back].concat())
                .await;
        assert_eq!((&set["redirect_uris"], &set["consent"]), (&json!([uri]), &json!("first_party")));
        assert_eq!((&set["logo"], &set["access_token_lifetime"]), (&Value::Null, &Value::Null));
        for (flags, said) in [
            (&["--remove-redirect-uri", uri][..], "--redirect-uri: authorization_code needs"),
            (
                &["--no-backchannel-logout-session-required", "--allow-role", "none"],
                "--allow-role: there is no role",
            ),
            (&["--remove-scope", "phone"], "--remove-scope phone: not among openid read"),
        ] {
            let refused = both.refused(there, &[&["client", "set", "site"], flags].concat()).await;
            assert!(refused.contains(said), "{refused}");
        }

        let made = json(&["client", "secret", "add", "site"]).await;
        let chosen =
            both.run(there, &["client", "secret", "set", "site"], "Vh3kQ0zR9sXw7LmT2bNcYd5P\n").await;
        assert!(chosen.status.success(), "{chosen:?}");
        let secrets = json(&["client", "secret", "list", "site"]).await;
        assert_eq!((secrets.as_array().unwrap().len(), &secrets[1]), (3, &made["fingerprint"]));
        let distinct: std::collections::BTreeSet<_> =
            secrets.as_array().unwrap().iter().map(Value::to_string).collect();
        assert_eq!(distinct.len(), 3, "{secrets}");
        // All but the last digit: fewer may be those of another one as well.
        let first = &secrets[0].as_str().unwrap()[..7];
        let removed = json(&["client", "secret", "remove", "site", first, "--yes"]).await;
        assert_eq!(removed["removed"], json!([secrets[0]]));
        json(&["client", "secret", "remove", "site", "--older", "--yes"]).await;
        assert_eq!(json(&["client", "secret", "list", "site"]).await, json!([secrets[2]]));
        let last = both.refused(there, &["client", "secret", "remove", "site", "--older", "--yes"]).await;
        assert!(last.contains("only secret"), "{last}");
        let asked = both.refused(there, &["client", "remove", "site"]).await;
        assert!(asked.contains("no grant of people") && asked.contains("--yes"), "{asked}");
        for id in ["site", "app"] {
            assert_eq!(json(&["client", "remove", id, "--yes"]).await["removed"], true);
        }
        assert!(both.refused(there, &["client", "show", "site"]).await.contains("there is no client"));
    }
}

#[tokio::test]
async fn what_a_change_of_a_site_would_end_is_said_beforehand() {
    let story = idp_tests::SignedIn::at(ClientSpec::confidential("site-a")).await;
    let both = with_all_rights(&story.idp).await;
    for there in PLACES {
        let asked =
            both.refused(there, &["client", "set", "site-a", "--audience", "https://other.example"]).await;
        assert!(asked.contains("1 grant of people who are signed in there would end"), "{asked}");
        let asked = both.refused(there, &["client", "remove", "site-a"]).await;
        assert!(asked.contains("1 grant of people"), "{asked}");
        both.json(there, &["client", "set", "site-a", "--name", "Other"]).await;
    }
    assert_eq!(story.idp.refresh(&story.site, story.refresh_token()).await.status, 200);
}

#[tokio::test]
async fn keys_deliveries_listeners_settings_and_seals_are_looked_at_and_acted_upon() {
    let idp = TestIdp::start().await;
    let both = with_all_rights(&idp).await;
    for there in PLACES {
        let json = async |arguments: &[&str]| both.json(there, arguments).await;
        let keys = json(&["keys", "list"]).await;
        let kid = |keys: &Value, state: &str| {
            let mut of_state = keys.as_array().unwrap().iter().filter(|key| key["state"] == state);
            of_state.next().unwrap()["kid"].as_str().unwrap().to_owned()
        };
        let (signer, next) = (kid(&keys, "active"), kid(&keys, "next"));
        assert!(both.refused(there, &["keys", "retire", &next]).await.contains("does not sign"));
        assert!(both.refused(there, &["keys", "compromised", &signer]).await.contains("signs now"));
        assert!(
            both.refused(there, &["keys", "compromised", "none"]).await.contains("there is no signing key")
        );
        let after = json(&["keys", "compromised", &next, "--yes"]).await;
        assert_eq!(kid(&after, "active"), signer);
        assert_ne!(kid(&after, "next"), next);

        for list in
            [&["mail", "list"][..], &["logout-delivery", "list", "--client", "x"], &["feed", "listeners"]]
        {
            assert_eq!(json(list).await, json!([]), "{list:?}");
        }
        for act in ["retry", "give-up"] {
            assert!(
                both.refused(there, &["logout-delivery", act, "x"]).await.contains("no such logout delivery")
            );
        }
        let settings = json(&["config", "show"]).await;
        let token = settings["items"].as_array().unwrap().iter().find(|one| one["key"] == "token.access");
        assert_eq!(token.unwrap()["value"], "30m");
        let issuer = settings["items"].as_array().unwrap().iter().find(|one| one["key"] == "issuer.url");
        assert_eq!(issuer.unwrap()["value"] == idp.issuer, there, "each place shows its own");
        let lines = crate::desk::text(&both.run(there, &["config", "show"], "").await.stdout);
        assert!(lines.contains("token.access = \"30m\"  # default"), "{lines}");
        assert!(json(&["audit", "seals"]).await.is_array());
    }
    for (alone, said) in [
        (&["keys", "reset", "--yes"][..], "master key is lost"),
        (&["mail", "test", "a@b.example"], "configuration of the machine"),
        (&["audit", "check"], "master key"),
        (&["config", "check"], "config show"),
    ] {
        assert!(both.refused(true, alone).await.contains(said), "{alone:?}");
    }
}

/// Who may only look is told which permission each act takes, and does none of them.
#[tokio::test]
async fn a_lesser_caller_is_told_what_each_command_takes() {
    let idp = TestIdp::start().await;
    let reads =
        "idp.users.read idp.clients.read idp.keys.read idp.deliveries.read idp.audit.read idp.settings.read";
    let both = Both::of(&idp, reads).await;
    let alice = idp.add_user("alice").await;
    idp.add_client(&ClientSpec::confidential("site-a")).await;
    let id = alice.to_string();
    let key = both.json(true, &["keys", "list"]).await[0]["kid"].as_str().unwrap().to_owned();
    for (command, permission) in [
        (&["user", "add", "bob", "--generate"][..], "idp.users.manage"),
        (&["user", "set", "alice", "--name", "A"], "idp.users.manage"),
        (&["user", "disable", "alice", "--yes"], "idp.users.manage"),
        (&["user", "enable", "alice"], "idp.users.manage"),
        (&["user", "remove", "alice", "--yes"], "idp.users.manage"),
        (&["user", "invite", "x@x.example"], "idp.users.manage"),
        (&["user", "set-password", "alice", "--generate", "--yes"], "idp.credentials.manage"),
        (&["user", "send-password-link", "alice"], "idp.credentials.manage"),
        (&["user", "reset-methods", "alice", "--yes"], "idp.credentials.manage"),
        (&["user", "remove-method", "alice", &id, "--yes"], "idp.credentials.manage"),
        (&["user", "sign-out", "alice", "--yes"], "idp.sessions.manage"),
        (&["user", "sign-out", "alice", "--device", &id], "idp.sessions.manage"),
        (&["user", "sign-out", "alice", "--others-than", &id, "--yes"], "idp.sessions.manage"),
        (&["user", "sign-out", "--all", "--yes"], "idp.users.manage idp.sessions.manage"),
        (&["user", "withdraw-consent", "alice", "site-a", "--yes"], "idp.sessions.manage"),
        (&["client", "add", "x", "--redirect-uri", "https://x.example/cb"], "idp.clients.manage"),
        (&["client", "set", "site-a", "--name", "X"], "idp.clients.manage"),
        (&["client", "remove", "site-a", "--yes"], "idp.clients.manage"),
        (&["client", "secret", "add", "site-a"], "idp.clients.manage"),
        (&["client", "secret", "remove", "site-a", "--older", "--yes"], "idp.clients.manage"),
        (&["keys", "rotate"], "idp.keys.manage"),
        (&["keys", "retire", &key], "idp.keys.manage"),
        (&["keys", "compromised", &key, "--yes"], "idp.keys.manage"),
        (&["mail", "retry", &id], "idp.deliveries.manage"),
        (&["mail", "give-up", &id], "idp.deliveries.manage"),
        (&["logout-delivery", "retry", "x"], "idp.deliveries.manage"),
        (&["logout-delivery", "give-up", "x"], "idp.deliveries.manage"),
    ] {
        let refused = both.refused(true, command).await;
        assert!(
            refused.contains(&format!("this takes the permission {permission}")),
            "{command:?}: {refused}"
        );
    }
    let shown = both.json(true, &["user", "show", "alice"]).await;
    assert_eq!(
        (&shown["username"], shown.get("roles")),
        (&json!("alice"), None),
        "roles take a permission of their own"
    );
    // By id no look at people is needed.
    let desk = Both::of_second(&idp, "idp.sessions.manage").await;
    assert_eq!(desk.json(true, &["user", "sign-out", &id, "--yes"]).await["username"], id);
    let by_name = desk.refused(true, &["user", "sign-out", "alice", "--yes"]).await;
    assert!(by_name.contains("idp.users.read"), "{by_name}");
}
