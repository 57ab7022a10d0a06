//! Each cell of the table by commands with `--server`, by the real command line in processes of their own: who may not is told so,
//! with the exit code of a refusal, and everybody else is told something else or obeyed.

use super::{Listed, PIXEL, columns, command_of, operations, person_of};
use crate::admin_people_pages::started;
use crate::desk::{Desk, printed, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream::{self, StreamExt as _};
use idp_core::administration::Permissions;
use idp_server::admin_api::Method;
use idp_server::directory::keys::in_order;
use idp_tests::{ClientSpec, TestIdp};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use uuid::Uuid;

/// Commands that run at once: more would wait for one another.
const AT_ONCE: usize = 4;

/// What the commands of one column are about. Each has its own, for some of them end what they are about.
struct Things {
    user: Uuid,
    group: Uuid,
    role: Uuid,
    attribute: Uuid,
    client: String,
    /// The fingerprint of a secret of it.
    secret: String,
    /// The key that signs next.
    key: String,
}

impl Things {
    async fn of(idp: &TestIdp, column: &str) -> Self {
        let spec = idp.add_api_client(&format!("maker-{column}"), &Permissions::all().to_string()).await;
        let caller = idp.calling_as_client(&spec).await;
        let make = async |path: &str, body: Value| {
            let made = caller.post(path, body).await;
            assert_eq!(made.status, 201, "{made:?}");
            made.text("id").parse::<Uuid>().unwrap()
        };
        let group = make("/groups", json!({ "name": format!("group-{column}") })).await;
        let role = make("/roles", json!({ "name": format!("role:{column}") })).await;
        let name = format!("attribute_{}", column.replace('-', "_"));
        let attribute = make("/attributes", json!({ "name": name })).await;
        let name = format!("of-{column}");
        let user = idp.add_user(&name).await;
        let client = format!("site-{column}");
        let site = ClientSpec::confidential(&client);
        idp.add_client(&site).await;
        idp.browser().sign_in_for_tokens(idp, &site, &name).await;
        let (by, now) = (idp.operator(), idp.clock.now());
        let secret = by.add_client_secret(&site.client.id, now).await.unwrap().hash().fingerprint();
        let key = by.signing_keys().await.unwrap();
        let key =
            in_order(&key).iter().find(|entry| entry.state.name() == "next").unwrap().key.kid().to_owned();
        Self { user, group, role, attribute, client, secret, key }
    }

    /// The words behind the command of an operation, and what of the answer is there for those alone who may: a member of what is
    /// printed, or words of the question.
    fn case(&self, operation: &str, column: &str) -> (String, Option<&'static str>) {
        let Self { user, group, role, attribute, client, secret, key } = self;
        let nothing = Uuid::max();
        let words = match operation {
            "getMe"
            | "listUsers"
            | "listInvitations"
            | "listGroups"
            | "listAttributes"
            | "listRoles"
            | "listClients"
            | "listKeys"
            | "rotateKeys"
            | "getSettings"
            | "listAuditEvents"
            | "listAuditSeals"
            | "listMails"
            | "listLogoutDeliveries"
            | "listFeedListeners" => String::new(),
            "explain" => user.to_string(),
            "createUser" => format!("new-{column} --generate"),
            "getUser" | "listUserSessions" | "listUserConsents" => user.to_string(),
            "listUserMethods" => return (user.to_string(), Some("methods")),
            "listUserAddresses" => return (user.to_string(), Some("addresses")),
            "listUserTerms" => return (user.to_string(), Some("terms")),
            "listUserGroups" => return (user.to_string(), Some("groups")),
            "listUserRoles" => return (user.to_string(), Some("roles")),
            "updateUser" => format!("{user} --claim nickname=x"),
            "deleteUser" | "disableUser" | "signOutUser" | "resetUserMethods" => format!("{user} --yes"),
            "enableUser" | "sendUserPasswordLink" => user.to_string(),
            "setUserPassword" => format!("{user} --generate --yes"),
            "removeUserMethod" => format!("{user} {nothing} --yes"),
            "addUserAddress" => format!("{user} --add-mail {column}@one.example"),
            "verifyUserAddress" => format!("{user} --vouch-mail {column}@two.example"),
            "makeUserAddressPrimary" => format!("{user} --primary-mail {column}@two.example"),
            "removeUserAddress" => format!("{user} --remove-mail {column}@one.example"),
            "endUserSession" => format!("{user} --device {nothing}"),
            "endOtherUserSessions" => format!("{user} --others-than {nothing} --yes"),
            "withdrawUserConsent" => format!("{user} {client} --yes"),
            "giveUserRole" | "takeUserRole" => format!("{role} --user {user}"),
            "createInvitation" | "getInvitation" | "withdrawInvitation" => {
                format!("{column}@invited.example")
            }
            // Who may is not let to the end: it would end the story.
            "countSessions" => return ("--all".to_owned(), Some("sign-ins would end")),
            "signOutEverybody" => return ("--all".to_owned(), None),
            "createGroup" => format!("made-{column}"),
            "getGroup" => group.to_string(),
            "listGroupRoles" => return (group.to_string(), Some("roles")),
            "updateGroup" => format!("{group} --description x"),
            "deleteGroup" => format!("{group} --yes"),
            "listGroupMembers" => group.to_string(),
            "addGroupMember" | "removeGroupMember" => format!("{group} {user}"),
            "giveGroupRole" | "takeGroupRole" => format!("{role} --group {group}"),
            "createAttribute" => format!("made_{}", column.replace('-', "_")),
            "getAttribute" => attribute.to_string(),
            "countAttributeUse" => return (attribute.to_string(), Some("with the values of nobody")),
            "updateAttribute" => format!("{attribute} --label x"),
            "deleteAttribute" => format!("{attribute} --yes"),
            "createRole" => format!("made:{column}"),
            "getRole" => role.to_string(),
            "updateRole" => format!("{role} --description x"),
            "deleteRole" => format!("{role} --yes"),
            "registerClient" => {
                format!("made-{column} --name x --audience x --redirect-uri https://x.example/back")
            }
            "getClient" | "listClientSecrets" | "addClientSecret" => client.clone(),
            "updateClient" => format!("{client} --scope openid --yes"),
            "previewClient" => return (format!("{client} --scope openid"), Some("This takes rights away")),
            "countClientGrants" => return (client.clone(), Some("1 grant")),
            "deleteClient" => format!("{client} --yes"),
            "setClientSecret" => client.clone(),
            "removeClientSecret" => format!("{client} {secret} --yes"),
            "removeOlderClientSecrets" => format!("{client} --older --yes"),
            "setClientLogo" => format!("{client} --logo logo.png"),
            "removeClientLogo" => format!("{client} --no-logo"),
            "retireKey" => key.clone(),
            "giveUpKey" => format!("{key} --yes"),
            "exportAuditEventsAsJsonLines" => "--format jsonl".to_owned(),
            "exportAuditEventsAsCsv" => "--format csv".to_owned(),
            "retryMail" | "giveUpMail" => nothing.to_string(),
            "retryLogoutDelivery" | "giveUpLogoutDelivery" => "none".to_owned(),
            _ => panic!("{operation} has a command, and no case here"),
        };
        (words, None)
    }
}

/// The machine of a person who is signed in at the server, with that login.
pub async fn desk_of(idp: &TestIdp, tool: &ClientSpec, column: &str) -> Desk {
    let caller = idp.calling_as_person(tool, column, &Permissions::all().to_string()).await;
    let desk = Desk::new();
    let folder = desk.path().join("state/idp-server");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).unwrap();
    let is_plain = |character: char| character.is_ascii_alphanumeric() || ".-".contains(character);
    let name: String = idp.issuer.chars().map(|one| if is_plain(one) { one } else { '_' }).collect();
    let login = json!({
        "server": idp.issuer, "client_id": "tool", "access_token": caller.token, "expires_at": i64::from(u32::MAX),
        "refresh_token": null,
    });
    let file = folder.join(format!("{name}.json"));
    fs::write(&file, login.to_string()).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(desk.path().join("logo.png"), STANDARD.decode(PIXEL).unwrap()).unwrap();
    fs::write(desk.path().join("typed"), "Vh3kQ0zR9sXw7LmT2bNcYd5P\n").unwrap();
    desk
}

/// Runs the command of an operation, and answers what is wrong with what became of it.
async fn tried(
    idp: &TestIdp,
    desk: &Desk,
    things: &Things,
    operation: &Listed,
    (column, held): (&str, Permissions),
) -> Option<String> {
    let (id, may) = (operation.id, held.contain_all(operation.needs));
    let (words, shown) = things.case(id, column);
    let command = command_of(id);
    let (named, flag) =
        command.split_once(" --").map_or((command, None), |(named, flag)| (named, Some(flag)));
    assert!(flag.is_none_or(|flag| words.contains(&format!("--{flag}"))), "{id}: {words} is not {command}");
    let mut arguments: Vec<&str> =
        named.split(' ').chain(words.split(' ')).filter(|word| !word.is_empty()).collect();
    arguments.extend(["--server", &idp.issuer]);
    if id == "signOutEverybody" && !may {
        arguments.push("--yes");
    }
    if !id.starts_with("exportAudit") {
        arguments.push("--json");
    }
    let mut process = desk.command(&arguments);
    process.stdin(fs::File::open(desk.path().join("typed")).unwrap());
    let done = tokio::task::spawn_blocking(move || process.output().unwrap()).await.unwrap();
    let (out, said) = (text(&done.stdout), text(&done.stderr));
    let is_refused = done.status.code() == Some(4) && said.contains("this takes the permission idp.");
    let is_right = match shown {
        // The command does without it.
        Some(member) if out.contains('{') => printed(&out).get(member).is_some() == may,
        Some(words) => said.contains(words) == may,
        None => is_refused != may && matches!(done.status.code(), Some(0 | 4)),
    };
    (!is_right).then(|| format!("{column}: {id}: {arguments:?}: {:?} {out} {said}", done.status.code()))
}

/// When an operation is tried.
fn turn_of(operation: &Listed) -> u8 {
    match operation.id {
        "previewClient" => 0,
        id if id.starts_with("delete") => 2,
        _ => u8::from(operation.method != Method::Get),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_does_for_a_role_what_the_table_says_and_no_more() {
    let idp = started().await;
    let tool = idp.add_api_client("tool", &Permissions::all().to_string()).await;
    let (all, mut wrong) = (operations(), Vec::new());
    for (column, held) in columns() {
        person_of(&idp, column).await;
        let (desk, things) = (desk_of(&idp, &tool, column).await, Things::of(&idp, column).await);
        // What ends something comes after those that look at it, and what removes it last.
        for turn in 0..3 {
            let these = all.iter().filter(|one| turn_of(one) == turn);
            let tries = these.map(|operation| tried(&idp, &desk, &things, operation, (column, held)));
            let told: Vec<Option<String>> = stream::iter(tries).buffer_unordered(AT_ONCE).collect().await;
            wrong.extend(told.into_iter().flatten());
        }
    }
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
