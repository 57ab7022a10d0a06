//! The table for people: `docs/permissions.md` is made from the code, and held to it here. `WRITE_PERMISSIONS=1` brings it up to
//! date.

use super::pages::{NO_PAGE, pages_of};
use super::{columns, command_of, operations};
use idp_core::administration::BUILT_IN_ROLES;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const HEAD: &str = "# Who may do what

Each row is an operation of the administration API, with the command and the page that do the same. It takes the permissions of
its row, all of them, and is open to the roles with a dot. What is done to a person, a group, a role or a client takes what that
permits as well: a lesser administrator does nothing to a greater one but sign them out
([administration](administration.md#who-may-do-what)). On a page an operation may take more than here, where the page shows more.

To an administrator without the permission the API answers 403 and names it, a command ends with exit code 4 and names it, and a page
does not exist (404). A person without a role may ask who they are (`getMe`) and nothing else.

The table is made from the code (`WRITE_PERMISSIONS=1 cargo test -p idp-tests --test stories permissions::table`), and tests try
each of its cells on the API, by commands and on pages.

";

#[test]
fn the_page_of_permissions_says_what_the_code_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/permissions.md");
    let written = written();
    if std::env::var_os("WRITE_PERMISSIONS").is_some() {
        fs::write(&page, &written).unwrap();
    }
    let is_current = fs::read_to_string(page).unwrap_or_default() == written;
    assert!(is_current, "docs/permissions.md is out of date: run this test with WRITE_PERMISSIONS=1");
}

fn written() -> String {
    let mut text = HEAD.to_owned();
    let roles: Vec<&str> = BUILT_IN_ROLES.iter().map(|role| role.as_str()).collect();
    writeln!(text, "| operation | command | page | takes | {} |", roles.join(" | ")).unwrap();
    writeln!(text, "|---|---|---|---|{}", "---|".repeat(roles.len())).unwrap();
    for operation in operations() {
        let cells = columns()
            .into_iter()
            .take(roles.len())
            .map(|(_, held)| if held.contain_all(operation.needs) { "●" } else { "" });
        let takes: Vec<String> = operation.needs.iter().map(|one| format!("`{one}`")).collect();
        let pages: Vec<String> = pages_of(operation.id).iter().map(|page| format!("`{page}`")).collect();
        writeln!(
            text,
            "| `{}`: {} | `{}` | {} | {} | {} |",
            operation.id,
            operation.summary,
            command_of(operation.id),
            pages.join(" "),
            takes.join(" "),
            cells.collect::<Vec<_>>().join(" | "),
        )
        .unwrap();
    }
    writeln!(text, "\nNot on a page:\n").unwrap();
    for (id, why) in NO_PAGE {
        writeln!(text, "- `{id}`: {why}").unwrap();
    }
    text
}
