//! Roles, groups and clients as files declare them: made, compared, mended, written out.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod workspace;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;
use workspace::{Workspace, code, text};

const SECRET: &str = "s3Qm9vTzLk2Xw8RbYc5NdHfJ";
const LATER: &str = "p7Wn4xUyMj6Vz1TaGe8KhCsQ";

const FILE: &str = r##"
[[attribute]]
name = "department"
label = "Department"
max_length = 32
access = "person_sees"

[[attribute]]
name = "town"
type = "choice"
choices = ["Berlin", "Paris"]
multiple = true

[[role]]
name = "shop:editor"
description = "Edits the shop"

[[role]]
name = "desk"
permissions = ["idp.users.read", "idp.sessions.manage"]
requires_second_factor = true

[[role]]
name = "administrator"
requires_second_factor = true

[[group]]
name = "staff"
description = "Who works here"
external_id = "4711"
roles = ["shop:editor", "desk"]

[[client]]
client_id = "site"
client_name = "The site"
redirect_uris = ["https://site.example/callback", "https://www.site.example/callback"]
post_logout_redirect_uris = ["https://site.example/"]
audience = "https://site.example"
scope = "openid profile email invoices:read"
access_token_lifetime = 600
backchannel_logout_uri = "https://site.example/logout"
backchannel_logout_session_required = true
revocation_feed = true
allowed_roles = ["shop:editor"]
allowed_groups = ["staff"]
allowed_networks = ["10.0.0.0/8"]
claims_mapping = [{ claim = "roles", source = "roles", prefix = "shop:", targets = ["access_token"] }, { claim = "dep", source = "attribute", attribute = "department", targets = ["userinfo"] }]
client_uri = "https://site.example"
color = "#0b6e80"
logo = { file = "site.svg" }
client_secrets = [{ file = "site.secret" }]

[[client]]
client_id = "app"
public = true
redirect_uris = ["com.example.app:/callback"]
consent = "ask"
"##;

fn write_secret(workspace: &Workspace, secrets: &str) {
    let file = workspace.path().join("site.secret");
    fs::write(&file, secrets).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
}

/// What is declared, and an installation that has none of it.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    fs::write(workspace.path().join("declared.toml"), FILE).unwrap();
    fs::write(workspace.path().join("site.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>").unwrap();
    write_secret(&workspace, &format!("{SECRET}\n"));
    workspace
}

fn done(output: Output) -> String {
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn plan(workspace: &Workspace) -> String {
    done(workspace.run(&["plan", "declared.toml"]))
}

fn apply(workspace: &Workspace) -> String {
    done(workspace.run(&["apply", "declared.toml"]))
}

const AS_DECLARED: &str = "everything is as declared\n";

#[test]
fn what_is_declared_is_made_once_and_a_second_time_changes_nothing() {
    let workspace = workspace();
    let planned = plan(&workspace);
    for line in [
        "+ attribute department",
        "+ attribute town",
        "+ role shop:editor",
        "+ role desk",
        "+ group staff",
        "+ client site",
        "+ client app",
    ] {
        assert!(planned.lines().any(|said| said == line), "{line} in {planned}");
    }
    assert!(planned.contains("~ role administrator\n    requires_second_factor: false -> true"), "{planned}");
    assert_eq!(plan(&workspace), planned, "a plan changes nothing");
    assert_eq!(code(&workspace.run(&["plan", "--check", "declared.toml"])), 4);
    assert_eq!(apply(&workspace), planned, "what was planned is what is done");
    assert_eq!(apply(&workspace), AS_DECLARED);
    assert_eq!(done(workspace.run(&["plan", "--check", "declared.toml"])), AS_DECLARED);

    let site = workspace.json(&["client", "show", "site", "--json"]);
    assert_eq!(site["allowed_groups"], serde_json::json!(["staff"]));
    let roles = serde_json::json!({ "claim": "roles", "source": "roles", "prefix": "shop:", "targets": ["access_token"] });
    let department = serde_json::json!({ "claim": "dep", "source": "attribute", "attribute": "department", "prefix": "", "targets": ["userinfo"] });
    assert_eq!(site["claims_mapping"], serde_json::json!([roles, department]));
    assert_eq!(site["client_secrets"].as_array().unwrap().len(), 1);
    assert!(site["logo"].is_string());
    // No secret is told, by a plan or by the log.
    let json = done(workspace.run(&["plan", "declared.toml", "--json"]));
    assert!(!json.contains(SECRET) && !planned.contains(SECRET));
}

#[test]
fn each_kind_of_drift_is_named_and_mended() {
    let workspace = workspace();
    apply(&workspace);
    for (act, named) in [
        (
            &["role", "set", "shop:editor", "--description", "Other"][..],
            "    description: Other -> \"Edits the shop\"",
        ),
        (&["role", "set", "desk", "--permission", "idp.users.read"], "    permissions: +idp.sessions.manage"),
        (&["role", "set", "desk", "--no-require-second-factor"], "    requires_second_factor: false -> true"),
        (&["role", "set", "administrator", "--no-require-second-factor"], "~ role administrator"),
        (&["role", "remove", "desk", "--yes"], "+ role desk"),
        (&["group", "set", "staff", "--no-external-id"], "    external_id: none -> 4711"),
        (&["group", "set", "staff", "--name", "people"], "? group people: is in no file"),
        (&["group", "remove", "people", "--yes"], "AS BEFORE"),
        (&["role", "take", "desk", "--group", "staff"], "    roles: +desk"),
        (&["role", "give", "auditor", "--group", "staff"], "    roles: -auditor"),
        (&["attribute", "set", "department", "--label", "Team"], "    label: Team -> Department"),
        (&["attribute", "set", "department", "--max-length", "40"], "    max_length: 40 -> 32"),
        (
            &["attribute", "set", "department", "--access", "person_changes"],
            "    access: person_changes -> person_sees",
        ),
        (&["attribute", "set", "town", "--type", "date"], "    type: date -> choice"),
        (&["attribute", "set", "town", "--choice", "Berlin"], "    choices: +Paris"),
        (&["attribute", "set", "town", "--no-multiple"], "    multiple: false -> true"),
        (&["attribute", "remove", "town", "--yes"], "+ attribute town"),
        (&["attribute", "add", "stray"], "? attribute stray: is in no file"),
        (&["attribute", "remove", "stray", "--yes"], "AS BEFORE"),
        (&["client", "set", "site", "--name", "Else"], "    client_name: Else -> \"The site\""),
        (
            &["client", "set", "site", "--redirect-uri", "https://site.example/callback"],
            "    redirect_uris: +https://www.site.example/callback",
        ),
        (&["client", "set", "site", "--add-scope", "phone", "--yes"], "    scope: "),
        (&["client", "set", "site", "--no-feed"], "    revocation_feed: false -> true"),
        (&["client", "set", "site", "--no-map-claims"], "    claims_mapping: +{"),
        (&["client", "set", "site", "--no-allow-roles"], "    allowed_roles: +shop:editor"),
        (&["client", "set", "site", "--no-allow-networks"], "    allowed_networks: +10.0.0.0/8"),
        (&["client", "set", "site", "--no-logo"], "    logo: another file"),
        (&["client", "set", "site", "--require-acr", "2"], "    required_acr: 2 -> none"),
        (
            &["client", "set", "app", "--access-token-lifetime", "2m"],
            "    access_token_lifetime: 120 -> none",
        ),
        (&["client", "remove", "app", "--yes"], "+ client app"),
        (
            &["client", "add", "stray", "--redirect-uri", "https://s.example/cb"],
            "? client stray: is in no file",
        ),
        (&["client", "remove", "stray", "--yes"], "AS BEFORE"),
        (&["client", "secret", "add", "site"], "? client site: secret "),
    ] {
        let acted = workspace.run(act);
        assert!(acted.status.success(), "{act:?} {}", text(&acted.stderr));
        let planned = plan(&workspace);
        match named {
            "AS BEFORE" => assert_eq!(planned, AS_DECLARED, "{act:?}"),
            named => assert!(planned.lines().any(|line| line.starts_with(named)), "{named} in {planned}"),
        }
        apply(&workspace);
        let left = plan(&workspace);
        assert!(left == AS_DECLARED || left.lines().all(|line| line.starts_with('?')), "{act:?}: {left}");
    }
}

#[test]
fn what_no_file_names_is_removed_on_request_and_after_a_question() {
    let workspace = workspace();
    apply(&workspace);
    for act in [
        &["attribute", "add", "stray"][..],
        &["role", "add", "stray"],
        &["group", "add", "strays"],
        &["role", "give", "stray", "--group", "strays"],
        &["client", "add", "stray", "--redirect-uri", "https://s.example/cb", "--allow-group", "strays"],
        &["client", "secret", "add", "site"],
    ] {
        done(workspace.run(act));
    }
    let planned = done(workspace.run(&["plan", "--prune", "declared.toml"]));
    let lines: Vec<&str> = planned.lines().filter(|line| line.starts_with('-')).collect();
    assert_eq!(lines, ["- client stray", "- group strays", "- role stray", "- attribute stray"]);
    assert!(planned.contains("    client_secrets: -"), "{planned}");
    let unasked = workspace.run(&["apply", "--prune", "declared.toml"]);
    assert_eq!(code(&unasked), 4);
    assert!(text(&unasked.stderr).contains("- client stray"), "{}", text(&unasked.stderr));
    done(workspace.run(&["apply", "--prune", "--yes", "declared.toml"]));
    assert_eq!(done(workspace.run(&["plan", "--prune", "--check", "declared.toml"])), AS_DECLARED);
}

#[test]
fn a_secret_is_replaced_by_naming_both_and_then_one() {
    let workspace = workspace();
    apply(&workspace);
    let file = workspace.path().join("declared.toml");
    let both = FILE.replace("{ file = \"site.secret\" }", "{ file = \"site.secret\" }, { env = \"LATER\" }");
    fs::write(&file, both).unwrap();
    let unset = workspace.run(&["apply", "declared.toml"]);
    assert!(text(&unset.stderr).contains("client site: client_secrets: the variable LATER is not set"));
    let with_later =
        |arguments: &[&str]| done(workspace.command(arguments).env("LATER", LATER).output().unwrap());
    assert!(with_later(&["apply", "declared.toml"]).contains("    client_secrets: +"));
    assert_eq!(with_later(&["plan", "declared.toml"]), AS_DECLARED);
    fs::write(&file, FILE.replace("{ file = \"site.secret\" }", "{ env = \"LATER\" }")).unwrap();
    with_later(&["apply", "--prune", "--yes", "declared.toml"]);
    let left = workspace.json(&["client", "show", "site", "--json"])["client_secrets"].clone();
    assert_eq!(left.as_array().unwrap().len(), 1);
    // A client whose file says nothing of secrets keeps what it has.
    fs::write(&file, FILE.replace("client_secrets = [{ file = \"site.secret\" }]", "")).unwrap();
    assert_eq!(plan(&workspace), AS_DECLARED);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_done() {
    let workspace = workspace();
    let file = workspace.path().join("declared.toml");
    for (from, to, refusal) in [
        ("description = \"Edits", "descripton = \"Edits", "role shop:editor: unknown field `descripton`"),
        (
            "[[role]]\nname = \"desk\"",
            "[[role]]\nname = \"shop:editor\"",
            "role shop:editor is declared twice",
        ),
        ("name = \"desk\"", "nam = \"desk\"", "a role: name is missing"),
        ("max_length = 32", "max_lenght = 32", "attribute department: unknown field `max_lenght`"),
        ("name = \"town\"", "name = \"department\"", "attribute department is declared twice"),
        ("type = \"choice\"", "type = \"colour\"", "attribute town: type: must be string, choice"),
        (
            "name = \"administrator\"\n",
            "name = \"administrator\"\ndescription = \"mine\"\n",
            "role administrator is built in: description cannot be declared of it",
        ),
        ("client_secrets =", "client_secret = \"x\"\n# ", "a secret stands in no such file"),
        ("client_secrets = [{ file = \"site.secret\" }]", "", "client site is made with a secret"),
        ("{ file = \"site.secret\" }", "{ file = \"none\" }", "client site: client_secrets: "),
        ("{ file = \"site.secret\" }", "\"site.secret\"", "is a list of { file"),
        ("{ file = \"site.svg\" }", "{ file = \"none.svg\" }", "client site: logo: none.svg"),
        ("https://site.example/callback\", \"", "https://site.example/#x\", \"", "redirect_uris/0"),
        ("source = \"roles\"", "source = \"people\"", "claims_mapping/0/source"),
        ("[[group]]", "[[groups]]", "unknown field `groups`"),
        ("[[client]]", "[[client", "declared.toml: "),
    ] {
        let changed = FILE.replacen(from, to, 1);
        assert_ne!(changed, FILE, "{from}");
        fs::write(&file, changed).unwrap();
        let output = workspace.run(&["apply", "declared.toml"]);
        let said = text(&output.stderr);
        assert!(code(&output) == 4 && said.contains(refusal), "{refusal} in {said}");
        assert!(!said.contains(SECRET));
    }
    fs::write(&file, FILE).unwrap();
    for weak in ["short", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "correct horse battery staple"] {
        write_secret(&workspace, weak);
        let said = text(&workspace.run(&["apply", "declared.toml"]).stderr);
        assert!(
            said.contains("client_secrets: site.secret: a secret that is chosen has 24 to 256"),
            "{said}"
        );
        assert!(!said.contains(weak));
    }
    write_secret(&workspace, SECRET);
    fs::set_permissions(workspace.path().join("site.secret"), Permissions::from_mode(0o644)).unwrap();
    let said = text(&workspace.run(&["apply", "declared.toml"]).stderr);
    assert!(said.contains("chmod 600"), "{said}");
    assert_eq!(workspace.json(&["client", "list", "--json"]), serde_json::json!([]), "nothing was done");
}

#[test]
fn a_step_that_fails_says_which_and_the_next_apply_goes_on_from_there() {
    let workspace = workspace();
    let file = workspace.path().join("declared.toml");
    fs::write(&file, FILE.replace("roles = [\"shop:editor\", \"desk\"]", "roles = [\"none\"]")).unwrap();
    let output = workspace.run(&["apply", "declared.toml"]);
    assert_eq!(code(&output), 4);
    assert!(
        text(&output.stderr).contains("group staff: there is no role \"none\""),
        "{}",
        text(&output.stderr)
    );
    fs::write(&file, FILE).unwrap();
    let planned = plan(&workspace);
    assert!(!planned.contains("+ role") && planned.contains("+ client site"), "{planned}");
    apply(&workspace);
    assert_eq!(plan(&workspace), AS_DECLARED);
}

#[test]
fn an_export_declares_what_is_there_elsewhere_too() {
    let workspace = workspace();
    apply(&workspace);
    let exported = done(workspace.run(&["export"]));
    assert!(exported.contains("# client_secrets = [{ file = \"site.secret\" }]"), "{exported}");
    fs::write(workspace.path().join("exported.toml"), &exported).unwrap();
    assert_eq!(done(workspace.run(&["plan", "exported.toml"])), AS_DECLARED);

    let other = self::workspace();
    let folder = other.path().join("declared");
    fs::create_dir(&folder).unwrap();
    let exported = exported.replace("# client_secrets = [{ file = \"", "client_secrets = [{ file = \"../");
    fs::write(folder.join("all.toml"), &exported).unwrap();
    fs::write(folder.join("read-me.txt"), "not a declaration").unwrap();
    done(other.run(&["apply", "declared"]));
    let again = done(other.run(&["export"]));
    let plain = |text: &str| {
        let lines = text.lines().filter(|line| !line.contains("client_secrets") && !line.contains("logo"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(plain(&again), plain(&exported));
}
