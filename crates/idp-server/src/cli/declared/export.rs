//! What is there as a file that declares it. Secrets are kept as hashes, and logos are files: both are left to the operator.

use std::io::{self, Write as _};

use idp_core::time::UnixTime;
use serde_json::Value;
use toml::Table;

use super::difference::{Members, members};
use super::plan::{comparable, shall_be};
use super::present::{Present, PresentGroup};
use crate::admin_api::{attributes::Attribute, client::Client, client_metadata::NewClient, roles::Role};

/// Writes the file to standard output.
///
/// # Errors
/// When standard output is closed.
pub(super) fn write(present: &Present, now: UnixTime) -> io::Result<()> {
    let attributes = present.attributes.values().map(attribute);
    let roles = present.roles.values().filter_map(role);
    let groups = present.groups.values().map(group);
    let clients = present.clients.values().map(|there| client(there, now));
    let all: Vec<String> = attributes.chain(roles).chain(groups).chain(clients).collect();
    writeln!(io::stdout().lock(), "{}", all.join("\n").trim_end())
}

fn attribute(attribute: &Attribute) -> String {
    let mut all = members(attribute);
    all.retain(|member, value| !["id", "created_at"].contains(&member.as_str()) && !is_usual(value));
    table("attribute", all, "name")
}

/// A built-in role is declared where something is asked of its holders.
fn role(role: &Role) -> Option<String> {
    let mut all = members(role);
    if role.built_in {
        all.retain(|member, _| ["name", "requires_second_factor"].contains(&member.as_str()));
    }
    all.retain(|member, value| !["id", "built_in"].contains(&member.as_str()) && !is_usual(value));
    (!role.built_in || role.requires_second_factor).then(|| table("role", all, "name"))
}

fn group(there: &PresentGroup) -> String {
    let mut all = members(&there.group);
    all.insert("roles".to_owned(), there.roles.clone().into());
    all.retain(|member, value| !["id", "created_at"].contains(&member.as_str()) && !is_usual(value));
    table("group", all, "name")
}

fn client(there: &Client, now: UnixTime) -> String {
    let bare =
        NewClient { client_id: Some(there.client_id.clone()), public: there.public, ..NewClient::default() };
    let usual = shall_be(&there.client_id, &bare, now).map(|client| members(&client)).unwrap_or_default();
    let mut all = comparable(members(there));
    all.retain(|member, value| usual.get(member) != Some(value));
    all.insert("client_id".to_owned(), there.client_id.clone().into());
    if there.public {
        all.insert("public".to_owned(), true.into());
    }
    let mut text = table("client", all, "client_id");
    if !there.public {
        text.push_str(&format!("# client_secrets = [{{ file = \"{}.secret\" }}]\n", there.client_id));
    }
    if there.logo.is_some() {
        text.push_str("# logo = { file = \"logo.svg\" }\n");
    }
    text
}

fn is_usual(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The name first; a `null` has no place in such a file, and is what is not there.
fn table(kind: &str, mut members: Members, name: &str) -> String {
    members.retain(|_, value| !value.is_null());
    let named: Members = members.remove_entry(name).into_iter().collect();
    let text = [named, members].into_iter().map(|members| {
        let table = serde_json::from_value::<Table>(Value::Object(members)).unwrap_or_default();
        // Tables inside would end the table of the thing: they are written in its lines.
        table.into_iter().map(|(member, value)| format!("{member} = {value}\n")).collect::<String>()
    });
    format!("[[{kind}]]\n{}", text.collect::<String>())
}
