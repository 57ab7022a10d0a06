#![allow(clippy::unwrap_used)]
use super::super::schema::USERS;
use super::*;
use serde_json::json;

fn patched(document: &Value, operations: Value) -> Result<Value, ScimType> {
    let message = json!({ "schemas": [PATCH], "Operations": operations });
    let mut document = document.as_object().unwrap().clone();
    let changes = read_patch(&message, &USERS).map_err(|refusal| refusal.kind)?;
    for change in changes {
        apply(&mut document, &change).map_err(|refusal| refusal.kind)?;
    }
    Ok(Value::Object(document))
}

fn ada() -> Value {
    json!({
        "userName": "ada", "name": { "familyName": "Byron", "givenName": "Ada" },
        "emails": [{ "value": "ada@x.example", "type": "work", "primary": true }, { "value": "ada@home.example" }],
    })
}

/// What an operation makes of Ada.
fn made(operation: Value) -> Result<Value, ScimType> {
    patched(&ada(), json!([operation]))
}

fn with(name: &str, value: Value) -> Result<Value, ScimType> {
    let mut ada = ada();
    match value {
        Value::Null => drop(ada.as_object_mut().unwrap().remove(name)),
        value => ada[name] = value,
    }
    Ok(ada)
}

#[test]
fn one_value_is_set_and_taken_away() {
    let set = |op: &str| made(json!({ "op": op, "path": "nickName", "value": "Al" }));
    for op in ["add", "replace", "Add", "REPLACE"] {
        assert_eq!(set(op), with("nickName", json!("Al")), "{op}");
    }
    assert_eq!(made(json!({ "op": "remove", "path": "name" })), with("name", json!(null)));
    assert_eq!(
        made(json!({ "op": "remove", "path": "name.givenName" })),
        with("name", json!({ "familyName": "Byron" }))
    );
    assert_eq!(made(json!({ "op": "remove", "path": "nickName" })), Ok(ada()));
    let parts = json!({ "op": "replace", "path": "name", "value": { "familyName": "Lovelace" } });
    assert_eq!(made(parts), with("name", json!({ "familyName": "Lovelace", "givenName": "Ada" })));
    let not_kept = json!({ "op": "replace", "path": "name", "value": { "honorificPrefix": "Lady" } });
    assert_eq!(made(not_kept), Ok(ada()));
    let part = json!({ "op": "add", "path": "name.familyName", "value": "Lovelace" });
    assert_eq!(made(part), with("name", json!({ "familyName": "Lovelace", "givenName": "Ada" })));
    assert_eq!(
        made(json!({ "op": "replace", "path": "userName", "value": null })),
        with("userName", json!(null))
    );
}

#[test]
fn values_are_added_replaced_and_removed_by_what_they_are_like() {
    let work = |value: &str| json!({ "value": value, "type": "work", "primary": true });
    let home = json!({ "value": "ada@home.example" });
    let replaced =
        json!({ "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "a@x.example" });
    assert_eq!(made(replaced), with("emails", json!([work("a@x.example"), home])));
    let added =
        json!({ "op": "add", "path": "emails", "value": [{ "value": "b@x.example", "primary": true }] });
    let former = json!({ "value": "ada@x.example", "type": "work" });
    let newest = json!({ "value": "b@x.example", "primary": true });
    assert_eq!(made(added), with("emails", json!([former, home, newest])));
    let known = json!({ "op": "add", "path": "emails", "value": { "value": "ADA@home.example" } });
    let written = json!({ "value": "ADA@home.example" });
    assert_eq!(made(known), with("emails", json!([work("ada@x.example"), written])));
    let all = json!({ "op": "replace", "path": "emails", "value": [{ "value": "b@x.example" }] });
    assert_eq!(made(all), with("emails", json!([{ "value": "b@x.example" }])));
    let none = json!({ "op": "remove", "path": "emails" });
    assert_eq!(made(none), with("emails", json!(null)));
    let one = json!({ "op": "remove", "path": "emails[value eq \"ada@home.example\"]" });
    assert_eq!(made(one), with("emails", json!([work("ada@x.example")])));
    let beside = json!({ "op": "Remove", "path": "emails", "value": [{ "value": "ada@home.example" }] });
    assert_eq!(made(beside), with("emails", json!([work("ada@x.example")])));
    let primary =
        json!({ "op": "replace", "path": "emails[value eq \"ada@home.example\"].primary", "value": "True" });
    let second = json!({ "value": "ada@home.example", "primary": true });
    assert_eq!(made(primary), with("emails", json!([former, second])));
    let entra = json!({ "op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+1 555" });
    assert_eq!(made(entra), with("phoneNumbers", json!([{ "type": "work", "value": "+1 555" }])));
    assert_eq!(made(json!({ "op": "remove", "path": "emails[type eq \"home\"].value" })), Ok(ada()));
}

#[test]
fn without_a_path_the_value_says_where() {
    let value = json!({
        "active": "False", "name.familyName": "Lovelace", "emails[type eq \"work\"].value": "a@x.example", "id": "7",
        "title": "Countess", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "x",
        "urn:ietf:params:scim:schemas:core:2.0:User:nickName": "Al", "schemas": [],
    });
    let mut expected = ada();
    expected["active"] = json!(false);
    expected["nickName"] = json!("Al");
    expected["name"]["familyName"] = json!("Lovelace");
    expected["emails"][0]["value"] = json!("a@x.example");
    for op in ["replace", "Add"] {
        assert_eq!(made(json!({ "op": op, "value": value })), Ok(expected.clone()), "{op}");
    }
}

#[test]
fn what_is_no_patch_is_refused_by_its_kind() {
    use ScimType::{InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget, TooMany};
    for (operation, kind) in [
        (json!({ "op": "delete", "path": "nickName" }), InvalidSyntax),
        (json!({ "path": "nickName" }), InvalidSyntax),
        (json!("add"), InvalidSyntax),
        (json!({ "op": "add", "path": "nickname2", "value": "x" }), InvalidPath),
        (json!({ "op": "add", "path": 7, "value": "x" }), InvalidPath),
        (json!({ "op": "add", "path": "name[familyName eq \"x\"]", "value": {} }), InvalidPath),
        (json!({ "op": "add", "path": "emails[foo eq \"x\"].value", "value": "x" }), InvalidFilter),
        (json!({ "op": "add", "path": "nickName" }), InvalidValue),
        (json!({ "op": "add", "path": "nickName", "value": 7 }), InvalidValue),
        (json!({ "op": "add", "value": "x" }), InvalidValue),
        (json!({ "op": "replace" }), InvalidValue),
        (json!({ "op": "add", "value": { "nickname2": "x" } }), InvalidPath),
        (json!({ "op": "replace", "path": "id", "value": "x" }), Mutability),
        (json!({ "op": "remove", "path": "groups" }), Mutability),
        (json!({ "op": "replace", "path": "meta.version", "value": "x" }), Mutability),
        (json!({ "op": "remove" }), NoTarget),
        (json!({ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "x" }), NoTarget),
        (json!({ "op": "add", "path": "emails[type sw \"home\"].value", "value": "x" }), NoTarget),
    ] {
        assert_eq!(made(operation.clone()), Err(kind), "{operation}");
    }
    let one = json!({ "op": "add", "path": "nickName", "value": "x" });
    assert_eq!(patched(&ada(), json!(vec![one.clone(); MOST_OPERATIONS + 1])), Err(TooMany));
    assert!(patched(&ada(), json!(vec![one; MOST_OPERATIONS])).is_ok());
    assert_eq!(patched(&ada(), json!([])), Err(TooMany));
    for message in [json!([]), json!({}), json!({ "schemas": [PATCH] }), json!({ "Operations": [] })] {
        assert_eq!(read_patch(&message, &USERS).unwrap_err().kind, InvalidSyntax, "{message}");
    }
}
