//! The administration API, from its OpenAPI document.

use super::{MADE, cell, code};
use idp_server::admin_api::openapi;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub fn page() -> String {
    let document = serde_json::to_value(openapi::document("https://id.example.com")).unwrap();
    let mut page = format!("# Administration API\n\nFor programmers of administration. {MADE}\n");
    page.push_str(
        "Paths are below `<issuer>/api/v1`; the whole document, with parameters and answers, is at `<issuer>/api/v1/openapi.json`. How to get a
token, and what errors, versions and lists look like, is in [The API](../administration.md#the-api); the codes of problems are
[here](errors.md#the-administration-api).\n",
    );
    for (tag, rows) in operations(&document) {
        write!(page, "\n## {tag}\n\n| operation | what it does | permissions |\n|---|---|---|\n").unwrap();
        rows.iter().for_each(|row| page.push_str(row));
    }
    page.push_str(
        "\n## Members\n\nWhat requests and answers are made of. Members in bold are always there.\n",
    );
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        write!(page, "\n### {name}\n").unwrap();
        if let Some(what) = schema["description"].as_str() {
            write!(page, "\n{}\n", cell(what)).unwrap();
        }
        page.push_str(&members(schema));
    }
    page
}

/// The rows of each tag.
fn operations(document: &Value) -> BTreeMap<String, Vec<String>> {
    let mut tags: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 50, "paths were found: {}", paths.len());
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            let Some(summary) = operation["summary"].as_str() else { continue };
            let name = code(&format!("{} {path}", method.to_uppercase()));
            let scopes = operation["security"][0]["oauth"].as_array();
            let scopes: Vec<String> =
                scopes.into_iter().flatten().map(|scope| code(scope.as_str().unwrap())).collect();
            let permissions = if scopes.is_empty() { "none".to_owned() } else { scopes.join(" ") };
            let tag = operation["tags"][0].as_str().unwrap().to_owned();
            tags.entry(tag).or_default().push(format!("| {name} | {} | {permissions} |\n", cell(summary)));
        }
    }
    tags
}

/// The members of an object, or what else it is.
fn members(schema: &Value) -> String {
    let Some(properties) = schema["properties"].as_object() else { return format!("\n{}\n", kind(schema)) };
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut text = "\n| member | type | what it is |\n|---|---|---|\n".to_owned();
    for (name, member) in properties {
        let shown = code(name);
        let shown = if required.contains(&&**name) { format!("**{shown}**") } else { shown };
        let beside_null = member["oneOf"].as_array().into_iter().flatten();
        let what =
            std::iter::once(member).chain(beside_null).find_map(|schema| schema["description"].as_str());
        let what = what.unwrap_or_default();
        writeln!(text, "| {shown} | {} | {} |", kind(member), cell(what)).unwrap();
    }
    text
}

/// What a value is, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().map(|word| code(&word.to_string())).collect();
        return words.join(", ");
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(kinds) = schema[choice].as_array() {
            return kinds.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec!["any value"],
    };
    let of = if types.contains(&"array") { format!(" of {}", kind(&schema["items"])) } else { String::new() };
    let format = schema["format"].as_str().map(|format| format!(" ({format})")).unwrap_or_default();
    format!("{}{of}{format}", types.join(" or "))
}
