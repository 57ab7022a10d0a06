//! Who may do what: each operation of the administration API by each role, on the API, by commands and on pages, as
//! `docs/permissions.md` has it; what becomes of rights that are withdrawn in the middle; and that nobody rises by what they may do.

mod api;
mod commands;
mod forms;
mod pages;
mod rise;
mod table;
mod withdrawn;

use futures_util::future::LocalBoxFuture;
use idp_core::administration::{BUILT_IN_ROLES, Permissions};
use idp_core::time::UnixTime;
use idp_server::admin_api::{
    Body as _, Export, IfMatch, Input, Method, Operation, Problem, Visitor, visit_all,
};
use idp_server::cli::operations::COMMANDS;
use idp_server::db::authority::Principal;
use idp_server::directory::{Administration, Caller};
use idp_tests::TestIdp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

/// An operation as the code lists it.
struct Listed {
    id: &'static str,
    method: Method,
    /// Below the base of the API, with parameters in braces.
    path: &'static str,
    summary: &'static str,
    needs: Permissions,
    takes_body: bool,
    /// How it is done; not of exports.
    run: Option<Run>,
}

/// Does an operation by the right of a caller who was looked up earlier: with these parameters in its path, and this body. Answers the
/// body of the answer.
type Run =
    for<'a> fn(&'a Administration<'a>, Value, Value, UnixTime) -> LocalBoxFuture<'a, Result<Value, Problem>>;

fn run<'a, O: Operation>(
    by: &'a Administration<'a>,
    path: Value,
    body: Value,
    now: UnixTime,
) -> LocalBoxFuture<'a, Result<Value, Problem>> {
    fn read<T: DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).unwrap()
    }
    Box::pin(async move {
        let (path, query, body) = (read(path), read(json!({})), read(body));
        let answered = O::run(by, Input::<O> { path, query, body, if_match: IfMatch::Any }, now).await?;
        Ok(serde_json::to_value(answered.body).unwrap())
    })
}

#[derive(Default)]
struct Lists(Vec<Listed>);

impl Visitor for Lists {
    fn visit<O: Operation>(&mut self) {
        self.0.push(Listed {
            id: O::ID,
            method: O::METHOD,
            path: O::PATH,
            summary: O::SUMMARY,
            needs: O::NEEDS.iter().copied().collect(),
            takes_body: !O::Body::IS_NOTHING,
            run: Some(run::<O>),
        });
    }

    fn visit_export<E: Export>(&mut self) {
        let needs = E::NEEDS.iter().copied().collect();
        let (id, path, summary) = (E::ID, E::PATH, E::SUMMARY);
        self.0.push(Listed { id, method: Method::Get, path, summary, needs, takes_body: false, run: None });
    }
}

/// Every operation there is.
fn operations() -> Vec<Listed> {
    let mut lists = Lists::default();
    visit_all(&mut lists);
    lists.0
}

/// Those that change something.
fn changes() -> Vec<Listed> {
    let is_change =
        |one: &Listed| one.method != Method::Get && !["previewClient", "explain"].contains(&one.id);
    operations().into_iter().filter(is_change).collect()
}

/// What these operations take together.
fn needs_of(all: &[Listed], ids: &[&str]) -> Permissions {
    let of =
        |id: &&str| all.iter().find(|one| one.id == *id).unwrap_or_else(|| panic!("no operation {id}")).needs;
    ids.iter().map(of).fold(Permissions::NONE, Permissions::union)
}

/// The command that does an operation.
fn command_of(id: &str) -> &'static str {
    let found = COMMANDS.iter().find(|(operation, _)| *operation == id);
    found.unwrap_or_else(|| panic!("{id} has no command")).1
}

/// The columns of the table: each built-in role, and a person without any.
fn columns() -> Vec<(&'static str, Permissions)> {
    let roles = BUILT_IN_ROLES.iter().map(|role| (role.as_str(), role.permissions()));
    roles.chain([(NO_ROLE, Permissions::NONE)]).collect()
}

/// A PNG of one pixel, in base64.
const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAEElEQVR4nGNj+M/wHwAFAAH/VscvDQAAAABJRU5ErkJggg==";

/// What a person without a role is called.
const NO_ROLE: &str = "nobody";

/// A person of this name for a column, with its role.
async fn person_of(idp: &TestIdp, column: &str) -> Uuid {
    let user = idp.add_user(column).await;
    if column != NO_ROLE {
        idp.give_role(user, column).await;
    }
    user
}

/// A person as a caller, with everything that they may do by now.
async fn caller_of(idp: &TestIdp, user: Uuid) -> Caller {
    let principal = Principal::User(user);
    let held = idp.app.store.permissions_of(principal.clone()).await.unwrap();
    Caller::new(principal, held, Permissions::all(), Some("192.0.2.7".to_owned()))
}
