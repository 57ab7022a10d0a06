//! A resource as it came: the attributes that are kept, by the names that the schema writes, with values of their types. Capitals of
//! names do not count (RFC 7643 2.1), and what is not kept, or not for clients to set, is passed over (RFC 7644 3.3).

use super::refusal::{Refusal, ScimType};
use super::schema::{Attribute, Kind, Schema};
use serde_json::{Map, Value};

/// A resource, or what a client says of one.
pub type Document = Map<String, Value>;

/// The most values of one attribute in one request.
pub const MOST_VALUES: usize = 1000;

/// Reads a resource that a client sent.
///
/// # Errors
/// [`ScimType::InvalidSyntax`] for what is no resource, [`ScimType::InvalidValue`] for a value of another type.
pub fn read_resource(value: &Value, schema: &Schema) -> Result<Document, Refusal> {
    let members = value.as_object();
    let members =
        members.ok_or_else(|| Refusal::new(ScimType::InvalidSyntax, "a resource is a JSON object"))?;
    check_schemas(members, schema.id)?;
    let mut document = Document::new();
    for (name, value) in members {
        let Some(attribute) = schema.attribute(without_urn(name, schema)) else { continue };
        if !attribute.is_writable() {
            continue;
        }
        match typed(attribute, value)? {
            Some(value) => drop(document.insert(attribute.name.to_owned(), value)),
            None => drop(document.remove(attribute.name)),
        }
    }
    Ok(document)
}

/// That a message says what it is. Names of schemas have no capitals that count (RFC 7643 3).
pub(super) fn check_schemas(members: &Document, id: &str) -> Result<(), Refusal> {
    let named = members.iter().find(|(name, _)| name.eq_ignore_ascii_case("schemas"));
    let says = |value: &Value| value.as_str().is_some_and(|name| name.eq_ignore_ascii_case(id));
    match named.and_then(|(_, value)| value.as_array()) {
        Some(names) if names.iter().any(says) => Ok(()),
        _ => Err(Refusal::new(ScimType::InvalidSyntax, format!("schemas must name {id}"))),
    }
}

fn without_urn<'a>(name: &'a str, schema: &Schema) -> &'a str {
    let of = name.get(..schema.id.len()).filter(|start| start.eq_ignore_ascii_case(schema.id));
    of.and_then(|_| name.get(schema.id.len()..)?.strip_prefix(':')).unwrap_or(name)
}

/// The value of an attribute as its type has it; `None` for one that stands for none: `null`, an empty list (RFC 7643 2.5), an empty
/// text or object.
///
/// # Errors
/// [`ScimType::InvalidValue`].
pub(super) fn typed(attribute: &'static Attribute, value: &Value) -> Result<Option<Value>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::Array(values) if attribute.is_many => {
            if values.len() > MOST_VALUES {
                let detail = format!("{} has at most {MOST_VALUES} values in one request", attribute.name);
                return Err(Refusal::new(ScimType::TooMany, detail));
            }
            let read: Result<Vec<_>, _> = values.iter().map(|value| single(attribute, value)).collect();
            let read: Vec<Value> = read?.into_iter().flatten().collect();
            Ok((!read.is_empty()).then_some(Value::Array(read)))
        }
        // One value where several may stand.
        value if attribute.is_many => Ok(single(attribute, value)?.map(|value| Value::Array(vec![value]))),
        value => single(attribute, value),
    }
}

fn single(attribute: &'static Attribute, value: &Value) -> Result<Option<Value>, Refusal> {
    let refused = |form: &str| Err(Refusal::value(format!("{} must be {form}", attribute.name)));
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (Kind::Text | Kind::Reference(_) | Kind::Time, Value::String(text)) => {
            Ok((!text.is_empty()).then(|| Value::String(text.clone())))
        }
        (Kind::Truth, Value::Bool(_)) => Ok(Some(value.clone())),
        // As Microsoft Entra writes them.
        (Kind::Truth, Value::String(word)) => match word.to_ascii_lowercase().as_str() {
            "true" => Ok(Some(Value::Bool(true))),
            "false" => Ok(Some(Value::Bool(false))),
            _ => refused("true or false"),
        },
        (Kind::Complex(_), Value::Object(members)) => {
            let mut read = Map::new();
            for (name, value) in members {
                let Some(part) = attribute.part(name).filter(|part| part.is_writable()) else { continue };
                if let Some(value) = typed(part, value)? {
                    read.insert(part.name.to_owned(), value);
                }
            }
            Ok((!read.is_empty()).then_some(Value::Object(read)))
        }
        (Kind::Extension, Value::Object(members)) => {
            // Some say in it what it is.
            let own = members.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("schemas"));
            let own = own.map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
            Ok(Some(Value::Object(own.collect())))
        }
        // An address alone, for `{"value": address}`.
        (Kind::Complex(_), Value::String(text)) if attribute.is_many => {
            Ok(Some(Value::Object(Map::from_iter([("value".to_owned(), Value::String(text.clone()))]))))
        }
        (Kind::Text | Kind::Reference(_) | Kind::Time, _) => refused("a text"),
        (Kind::Truth, _) => refused("true or false"),
        (Kind::Complex(_) | Kind::Extension, _) => refused("an object"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::schema::USERS;
    use super::*;
    use serde_json::json;

    const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

    #[test]
    fn a_resource_is_read_whatever_the_capitals_and_what_is_not_kept_is_passed_over() {
        let sent = json!({
            "schemas": [SCHEMA, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
            "USERNAME": "ada", "Name": { "FAMILYNAME": "Lovelace", "honorificPrefix": "Lady" }, "active": "False",
            "emails": [{ "Value": "ada@x.example", "Primary": "True", "display": "x" }], "phoneNumbers": [],
            "nickName": "", "locale": null, "id": "mine", "meta": { "version": "x" }, "groups": [{ "value": "x" }],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "x" }, "title": "Countess",
            "urn:ietf:params:scim:schemas:core:2.0:User:timezone": "Europe/London",
        });
        let expected = json!({
            "userName": "ada", "name": { "familyName": "Lovelace" }, "active": false, "timezone": "Europe/London",
            "emails": [{ "value": "ada@x.example", "primary": true }],
        });
        assert_eq!(read_resource(&sent, &USERS).map(Value::Object), Ok(expected));
        let plain = json!({ "schemas": [SCHEMA.to_uppercase()], "emails": "ada@x.example" });
        let expected = json!({ "emails": [{ "value": "ada@x.example" }] });
        assert_eq!(read_resource(&plain, &USERS).map(Value::Object), Ok(expected));
    }

    #[test]
    fn what_is_no_resource_or_has_another_type_is_refused() {
        for sent in
            [json!([]), json!("x"), json!({}), json!({ "schemas": SCHEMA }), json!({ "schemas": ["urn:x"] })]
        {
            assert_eq!(read_resource(&sent, &USERS).unwrap_err().kind, ScimType::InvalidSyntax, "{sent}");
        }
        for (name, value) in [
            ("userName", json!(7)),
            ("userName", json!(["x"])),
            ("active", json!("perhaps")),
            ("active", json!(1)),
            ("name", json!("Ada")),
            ("emails", json!([["x"]])),
            ("emails", json!({ "value": 7 })),
        ] {
            let sent = json!({ "schemas": [SCHEMA], name: value });
            assert_eq!(read_resource(&sent, &USERS).unwrap_err().kind, ScimType::InvalidValue, "{sent}");
        }
        let many = json!({ "schemas": [SCHEMA], "emails": vec!["x"; MOST_VALUES + 1] });
        assert_eq!(read_resource(&many, &USERS).unwrap_err().kind, ScimType::TooMany);
    }
}
