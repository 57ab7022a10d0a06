//! Administering a provider from elsewhere: the command line against a running server, over the administration API, signed in as
//! a client by its secret or as a person by browser. Each command is a process of its own, in a folder without an installation.

use crate::desk::{Desk, beside, printed, text};
use crate::own_process::idp_server;
use idp_core::administration::Permissions;
use idp_tests::{ClientSpec, TestIdp};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test]
async fn groups_and_roles_are_administered_on_a_server_elsewhere_as_on_the_database() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("machine", &Permissions::all().to_string()).await;
    let ada = idp.add_user("ada").await.to_string();
    let elsewhere = Desk::new();
    let file = elsewhere.secret(spec.secret.as_deref().unwrap());
    let place = ["--server", &idp.issuer, "--client-id", "machine", "--credentials", file.to_str().unwrap()];
    for who in [ada.as_str(), "ada"] {
        let json = async |arguments: &[&str]| match who {
            "ada" => beside(&idp, arguments).await,
            _ => elsewhere.json(&[arguments, &place].concat()).await,
        };
        let made = json(&["group", "add", "editors", "--description", "Who edit"]).await;
        assert_eq!((&made["name"], &made["external_id"]), (&json!("editors"), &Value::Null));
        assert!(made["created_at"].as_str().unwrap().ends_with('Z'), "{made}");
        let role = json(&["role", "add", "shop:editor", "--permission", "idp.users.read"]).await;
        assert_eq!(role["permissions"], json!(["idp.users.read"]));
        let changed =
            json(&["role", "set", "shop:editor", "--no-permissions", "--description", "Edits"]).await;
        assert_eq!((&changed["permissions"], &changed["description"]), (&json!([]), &json!("Edits")));

        json(&["role", "give", "shop:editor", "--group", "editors"]).await;
        json(&["group", "add-member", "editors", who]).await;
        let shown = json(&["group", "show", made["id"].as_str().unwrap()]).await;
        assert_eq!((&shown["name"], &shown["roles"]), (&json!("editors"), &json!(["shop:editor"])));
        assert_eq!(json(&["group", "members", "editors"]).await[0]["username"], "ada");
        let listed = json(&["role", "list"]).await;
        let names: Vec<&str> =
            listed.as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect();
        assert!(names.is_sorted() && names.contains(&"shop:editor") && names.contains(&"administrator"));
        let person = idp.operator().roles_of_user(ada.parse().unwrap()).await.unwrap();
        assert_eq!(person.by_groups.len(), 1);

        let renamed = json(&["group", "set", "editors", "--name", "writers", "--external-id", "7"]).await;
        assert_eq!((&renamed["name"], &renamed["external_id"]), (&json!("writers"), &json!("7")));
        assert_eq!(json(&["group", "set", "writers", "--no-external-id"]).await["external_id"], Value::Null);
        json(&["group", "remove-member", "writers", who]).await;
        assert_eq!(json(&["group", "members", "writers"]).await, json!([]));
        json(&["role", "take", "shop:editor", "--group", "writers"]).await;
        assert_eq!(json(&["group", "show", "writers"]).await["roles"], json!([]));
        assert_eq!(json(&["group", "remove", "writers", "--yes"]).await["removed"], true);
        assert_eq!(json(&["role", "remove", "shop:editor", "--yes"]).await["removed"], true);
        assert_eq!(json(&["group", "list"]).await, json!([]));
    }
    assert!(!elsewhere.path().join("data").exists(), "a command elsewhere makes no installation");
}

#[tokio::test]
async fn attributes_are_administered_on_a_server_elsewhere_as_on_the_database() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("machine", &Permissions::all().to_string()).await;
    let ada = idp.add_user("ada").await;
    let elsewhere = Desk::new();
    let file = elsewhere.secret(spec.secret.as_deref().unwrap());
    let place = ["--server", &idp.issuer, "--client-id", "machine", "--credentials", file.to_str().unwrap()];
    for is_here in [false, true] {
        let json = async |arguments: &[&str]| match is_here {
            true => beside(&idp, arguments).await,
            false => elsewhere.json(&[arguments, &place].concat()).await,
        };
        let made = json(&["attribute", "add", "town", "--choice", "Berlin", "--choice", "Paris"]).await;
        assert_eq!((&made["type"], &made["access"]), (&json!("choice"), &json!("administrators")));
        let id = made["id"].as_str().unwrap().to_owned();
        let changed = json(&["attribute", "set", "town", "--label", "Town", "--access", "person_sees"]).await;
        assert_eq!((&changed["label"], &changed["choices"]), (&json!("Town"), &json!(["Berlin", "Paris"])));
        assert_eq!(json(&["attribute", "show", &id]).await["name"], "town");
        assert_eq!(json(&["attribute", "list"]).await[0]["name"], "town");
        let user = beside(&idp, &["user", "set", "ada", "--attribute", "town=Paris"]).await;
        assert_eq!(user["attributes"], json!({ "town": "Paris" }));
        assert_eq!(beside(&idp, &["user", "show", "ada"]).await["attributes"], json!({ "town": "Paris" }));
        if !is_here {
            let refused = elsewhere.refused(&[&["attribute", "remove", "town"][..], &place].concat()).await;
            assert!(refused.contains("with the values of 1 person"), "{refused}");
        }
        assert_eq!(json(&["attribute", "remove", "town", "--yes"]).await["removed"], true);
        let account = idp.app.directory().account(ada).await.unwrap();
        assert!(account.attributes.is_empty());
    }
    let mut command = idp_server(idp.folder.path(), &["user", "set", "ada", "--attribute", "town=Rome"]);
    let refused = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(text(&refused.stderr).contains("there is no attribute \"town\""), "{}", text(&refused.stderr));
}

#[tokio::test]
async fn roles_of_a_person_are_given_and_shown_beside_the_server() {
    let idp = TestIdp::start().await;
    idp.add_user("ada").await;
    let run = async |arguments: &[&str]| beside(&idp, arguments).await;
    run(&["group", "add", "desk"]).await;
    run(&["role", "give", "help-desk", "--group", "desk"]).await;
    run(&["group", "add-member", "desk", "ada"]).await;
    run(&["role", "give", "auditor", "--user", "ada"]).await;
    let shown = run(&["user", "show", "ada"]).await;
    assert_eq!((&shown["groups"], &shown["roles"]), (&json!(["desk"]), &json!(["auditor"])));
    assert_eq!(shown["roles_by_groups"], json!(["help-desk"]));
    run(&["role", "take", "auditor", "--user", "ada"]).await;
    assert_eq!(run(&["user", "show", "ada"]).await["roles"], json!([]));
    let me = run(&["whoami"]).await;
    assert!(me["principal"].as_str().unwrap().starts_with("console:"), "{me}");
}

#[tokio::test]
async fn a_client_does_elsewhere_what_it_may_and_is_told_what_it_lacks() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("machine", "idp.groups.read idp.groups.manage").await;
    let desk = Desk::new();
    let file = desk.secret(spec.secret.as_deref().unwrap());
    let path = file.to_str().unwrap();
    let place = ["--server", &idp.issuer, "--client-id", "machine", "--credentials", path];
    let me = desk.json(&[&["whoami"][..], &place].concat()).await;
    assert_eq!(me["principal"], "client:machine");
    assert_eq!(me["permissions"], json!(["idp.groups.read", "idp.groups.manage"]));
    let narrow = desk.json(&[&["whoami", "--only", "idp.groups.read"][..], &place].concat()).await;
    assert_eq!(narrow["permissions"], json!(["idp.groups.read"]));

    let refused = desk.refused(&[&["role", "list"][..], &place].concat()).await;
    assert!(refused.contains("this takes the permission idp.roles.read"), "{refused}");
    for name in ["first", "second"] {
        desk.json(&[&["group", "add", name][..], &place].concat()).await;
    }
    let taken = desk.refused(&[&["group", "set", "first", "--name", "second"][..], &place].concat()).await;
    assert!(taken.contains("exists already"), "{taken}");
    let unknown = desk.refused(&[&["group", "show", "third"][..], &place].concat()).await;
    assert!(unknown.contains("there is no group \"third\""), "{unknown}");
    let by_name = desk.refused(&[&["group", "add-member", "first", "ada"][..], &place].concat()).await;
    assert!(by_name.contains("this takes the permission idp.users.read"), "{by_name}");

    // What the client may not look at beside the act keeps it from nothing.
    let unasked = desk.refused(&[&["group", "remove", "first"][..], &place].concat()).await;
    assert!(unasked.contains("--yes") && unasked.contains("has members and roles"), "{unasked}");
    assert_eq!(desk.json(&[&["group", "show", "first"][..], &place].concat()).await.get("roles"), None);

    // The secret is read from a private file, and from standard input, and from nowhere else.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(desk.refused(&[&["whoami"][..], &place].concat()).await.contains("chmod 600"));
    desk.secret("a wrong one");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let wrong = desk.refused(&[&["whoami"][..], &place].concat()).await;
    assert!(wrong.contains("invalid_client") && !wrong.contains("a wrong one"), "{wrong}");
    let mut command =
        desk.command(&[&["--json", "whoami"][..], &place[..4], &["--credentials", "-"]].concat());
    let input = desk.path().join("input");
    fs::write(&input, format!("{}\n", spec.secret.as_deref().unwrap())).unwrap();
    command.stdin(fs::File::open(&input).unwrap());
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(printed(&text(&done.stdout))["principal"], "client:machine", "{}", text(&done.stderr));
}

#[tokio::test]
async fn a_server_that_is_none_or_another_gets_no_secret() {
    let idp = TestIdp::start().await;
    let desk = Desk::new();
    let file = desk.secret("secret");
    let port = idp.address.port();
    for (server, said) in [
        ("http://id.example.com", "must be https"),
        ("id.example.com", "https://id.example.com"),
        // Another name of the same machine is another server.
        (&format!("http://127.0.0.1:{port}"), "name it so"),
        ("http://127.0.0.1:1", "does not answer"),
    ] {
        let refused = desk
            .refused(&[
                "whoami",
                "--server",
                server,
                "--client-id",
                "x",
                "--credentials",
                file.to_str().unwrap(),
            ])
            .await;
        assert!(refused.contains(said), "{server}: {refused}");
    }
    let nobody = desk.refused(&["whoami", "--server", &idp.issuer]).await;
    assert!(nobody.contains("nobody is signed in") && nobody.contains("idp-server login"), "{nobody}");
    let lonely = desk.refused(&["whoami", "--client-id", "x"]).await;
    assert!(lonely.contains("--client-id goes with --server"), "{lonely}");
}

/// The client that operators sign in by: an application on their machine, at any port of it.
async fn add_cli_client(idp: &TestIdp) -> ClientSpec {
    let scopes = format!("openid {}", Permissions::all());
    let mut spec =
        ClientSpec::public("idp-cli").with_redirect_uri("http://127.0.0.1/callback").with_scopes(&scopes);
    spec.client.metadata.audience = idp.url_of_api();
    idp.add_client(&spec).await;
    spec
}

#[tokio::test]
async fn s04_a_person_signs_in_by_browser_and_stays_so_until_they_sign_out() {
    let idp = TestIdp::start().await;
    add_cli_client(&idp).await;
    let ada = idp.add_user("ada").await;
    idp.give_role(ada, "auditor").await;
    let desk = Desk::new();
    let mut child = desk.command(&["--json", "login", "--server", &idp.issuer]).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let address = tokio::task::spawn_blocking(move || said.find(|line| line.starts_with("http")).unwrap());
    let address = address.await.unwrap();
    assert!(address.contains("code_challenge_method=S256") && address.contains("&state="), "{address}");

    let browser = idp.browser();
    let page = browser.visit(address).await;
    let answer = browser.log_in_as(&page, "ada", idp_tests::PASSWORD).await;
    // Any program of a machine can be such a client: the person is asked (RFC 8252 8.6).
    let consent = browser.follow(answer).await;
    let back = browser.press(&consent, "allow", &[]).await.location().unwrap();
    assert_eq!((back.host_str(), back.path()), (Some("127.0.0.1"), "/callback"));
    // What another program of the machine sends there ends nothing.
    for foreign in ["/callback?code=x&state=y", "/", "/callback?error=access_denied"] {
        let mut other = back.clone();
        let (path, query) =
            foreign.split_once('?').map_or((foreign, None), |(path, query)| (path, Some(query)));
        other.set_path(path);
        other.set_query(query);
        assert_eq!(idp.http.get(other).send().await.unwrap().status(), 404, "{foreign}");
    }
    let page = idp.http.get(back).send().await.unwrap();
    assert_eq!(
        (page.status().as_u16(), page.headers()["cache-control"].to_str().unwrap()),
        (200, "no-store")
    );
    assert!(page.text().await.unwrap().contains("You are signed in"));
    let printed_by = tokio::task::spawn_blocking(move || {
        let mut output = String::new();
        child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
        assert!(child.wait().unwrap().success());
        output
    });
    let signed_in = printed(&printed_by.await.unwrap());
    assert_eq!(signed_in["principal"], format!("user:{ada}"));

    // The login is kept in a private file, and no output has a token.
    let file = desk.login_file().unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let kept = || serde_json::from_slice::<Value>(&fs::read(&file).unwrap()).unwrap();
    let first = kept();
    assert!(!signed_in.to_string().contains(first["access_token"].as_str().unwrap()));
    let place = ["--server", idp.issuer.as_str()];
    let groups = desk.json(&[&["role", "list"][..], &place].concat()).await;
    assert!(groups.as_array().unwrap().len() >= 5, "{groups}");
    let refused = desk.refused(&[&["group", "add", "editors"][..], &place].concat()).await;
    assert!(refused.contains("idp.groups.manage"), "an auditor changes nothing: {refused}");

    // A token that has run out is replaced, unasked.
    let mut old = first.clone();
    old["expires_at"] = json!(0);
    fs::write(&file, old.to_string()).unwrap();
    assert_eq!(desk.json(&[&["whoami"][..], &place].concat()).await["principal"], format!("user:{ada}"));
    let second = kept();
    assert_ne!(second["refresh_token"], first["refresh_token"]);

    desk.json(&[&["logout"][..], &place].concat()).await;
    assert_eq!(desk.login_file(), None);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "idp-cli"),
        ("refresh_token", second["refresh_token"].as_str().unwrap()),
    ];
    let refreshed = idp.send(idp.http.post(idp.url("/token")).form(&form)).await;
    assert_eq!(refreshed.refusal(), (400, "invalid_grant"));
    assert!(desk.refused(&[&["logout"][..], &place].concat()).await.contains("nobody is signed in"));
}

#[tokio::test]
async fn a_person_who_says_no_is_told_so_at_the_terminal() {
    let idp = TestIdp::start().await;
    let desk = Desk::new();
    // The client is not registered for what is asked.
    let mut spec =
        ClientSpec::public("idp-cli").with_redirect_uri("http://127.0.0.1/callback").with_scopes("openid");
    spec.client.metadata.audience = idp.url_of_api();
    idp.add_client(&spec).await;
    let mut child = desk.command(&["login", "--server", &idp.issuer]).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let (address, said) = tokio::task::spawn_blocking(move || {
        let address = said.find(|line| line.starts_with("http")).unwrap();
        (address, said)
    })
    .await
    .unwrap();
    let back = idp.browser().visit(address).await.location().unwrap();
    assert!(idp.http.get(back).send().await.unwrap().text().await.unwrap().contains("You are not signed in"));
    let (is_done, said) = tokio::task::spawn_blocking(move || {
        (child.wait().unwrap().success(), said.collect::<Vec<_>>().join("\n"))
    })
    .await
    .unwrap();
    assert!(!is_done && said.contains("invalid_scope"), "{said}");
    assert_eq!(desk.login_file(), None);
}

const DECLARED: &str = r#"
[[role]]
name = "shop:editor"

[[group]]
name = "staff"
roles = ["shop:editor"]

[[client]]
client_id = "site"
redirect_uris = ["https://site.example/callback"]
allowed_groups = ["staff"]
client_secrets = [{ file = "site.secret" }]
"#;

/// Declared on one machine, made on another, by a program that has the rights and by one that lacks some.
#[tokio::test(flavor = "multi_thread")]
async fn what_files_declare_is_made_on_a_server_elsewhere() {
    let idp = TestIdp::start().await;
    let desk = Desk::new();
    fs::write(desk.path().join("declared.toml"), DECLARED).unwrap();
    let secret = desk.path().join("site.secret");
    fs::write(&secret, "Vh3kQ0zR9sXw7LmT2bNcYd5P").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let rights = "idp.roles.read idp.roles.manage idp.groups.read idp.groups.manage idp.clients.read";
    let spec = idp.add_api_client("declarer", &format!("{rights} idp.clients.manage")).await;
    let file = desk.secret(spec.secret.as_deref().unwrap());
    let place = ["--server", &idp.issuer, "--client-id", "declarer", "--credentials", file.to_str().unwrap()];
    let plan = async || desk.json(&[&["plan", "declared.toml"][..], &place].concat()).await;
    let steps = |plan: &Value| -> Vec<String> {
        let steps = plan["steps"].as_array().unwrap().iter();
        steps
            .map(|step| format!("{} {} {}", step["act"], step["kind"], step["name"]).replace('"', ""))
            .collect()
    };
    let expected =
        ["make role shop:editor", "make group staff", "give_roles group staff", "make client site"];
    let stray = "leave client declarer";
    let planned = plan().await;
    assert_eq!(steps(&planned), [&expected[..], &[stray]].concat());
    desk.json(&[&["apply", "declared.toml"][..], &place].concat()).await;
    assert_eq!(steps(&plan().await), [stray]);
    let exported = desk.run(&[&["export"][..], &place].concat()).await;
    assert!(text(&exported.stdout).contains("allowed_groups = [\"staff\"]"), "{}", text(&exported.stdout));

    // A step that the program may not take is refused by the server, and named.
    let lesser = idp.add_api_client("lesser", rights).await;
    let file = desk.secret(lesser.secret.as_deref().unwrap());
    let place = ["--server", &idp.issuer, "--client-id", "lesser", "--credentials", file.to_str().unwrap()];
    fs::write(desk.path().join("declared.toml"), DECLARED.replace("site.example/", "other.example/"))
        .unwrap();
    let refused = desk.refused(&[&["apply", "declared.toml"][..], &place].concat()).await;
    assert!(refused.contains("client site: this takes the permission idp.clients.manage"), "{refused}");
}
