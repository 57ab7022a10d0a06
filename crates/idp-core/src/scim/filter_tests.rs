#![allow(clippy::unwrap_used)]
use super::super::filter_parser::{DEEPEST, LONGEST, MOST_COMPARISONS};
use super::super::schema::{GROUPS, USERS};
use super::*;
use serde_json::json;

fn ada() -> Document {
    let Value::Object(document) = json!({
        "id": "7", "userName": "ada@x.example", "displayName": "Ada Lovelace", "active": true,
        "name": { "familyName": "Lovelace", "givenName": "Ada" },
        "emails": [
            { "value": "Ada@x.example", "type": "work", "primary": true },
            { "value": "ada@home.example", "primary": false },
        ],
        "meta": { "lastModified": "2026-11-30T03:00:00Z" },
    }) else {
        unreachable!()
    };
    document
}

fn holds(text: &str) -> bool {
    let filter = Filter::parse(text).unwrap();
    filter.check(&USERS).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
    filter.matches(&USERS, &ada())
}

#[test]
fn a_filter_says_for_whom_it_holds() {
    for text in [
        r#"userName eq "ADA@x.example""#,
        r#"USERNAME EQ "ada@x.example""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ada""#,
        r#"name.familyName co "LOVE""#,
        r#"emails eq "ada@home.example""#,
        r#"emails.value ew "home.example""#,
        r#"emails[type eq "work" and value co "@x"]"#,
        r#"emails[primary eq false]"#,
        r#"active eq true and not (userName eq "bob")"#,
        r#"userName eq "bob" or displayName pr and active eq true"#,
        r#"(userName eq "bob" or displayName pr) and active eq true"#,
        r#"nickName eq null"#,
        r#"not (nickName pr)"#,
        r#"nickName ne "x""#,
        r#"emails ne "nobody@x.example""#,
        r#"meta.lastModified gt "2026-11-30T02:59:59.123Z""#,
        r#"meta.lastModified le "2026-11-30T03:00:00Z""#,
        r#"id eq "7""#,
        r#"displayName eq "Ada Lovelace""#,
    ] {
        assert!(holds(text), "{text}");
    }
    for text in [
        r#"userName eq "ada""#,
        r#"active eq false"#,
        r#"emails[type eq "work" and value eq "ada@home.example"]"#,
        r#"emails[primary eq false and type pr]"#,
        r#"userName eq "bob" and displayName pr or nickName pr"#,
        r#"meta.lastModified gt "2026-11-30T03:00:00Z""#,
        r#"displayName ne "ada lovelace""#,
        r#"externalId pr"#,
        r#"userName eq null"#,
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn what_is_no_filter_is_refused_with_words() {
    for text in [
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq ada",
        "userName is \"x\"",
        "userName eq \"x",
        "eq \"x\"",
        "(userName pr",
        "userName pr)",
        "userName pr and",
        "and userName pr",
        "userName pr userName pr",
        "not userName pr",
        "emails[value eq \"x\"",
        "emails[]",
        "userName eq \"\\u12\"",
        "userName eq 'x'",
        "userName. eq \"x\"",
        "userName..x eq \"x\"",
        "\u{fc}ser eq \"x\"",
        "\0",
        "userName eq \"x\" \u{a0}",
        "urn:a:b eq",
        "userName eq -",
    ] {
        let refused = Filter::parse(text).unwrap_err();
        assert_eq!(refused.kind, ScimType::InvalidFilter, "{text}");
    }
    for text in [
        "foo eq \"x\"",
        "name.foo eq \"x\"",
        "active gt true",
        "active eq \"true\"",
        "userName eq 1",
        "meta.lastModified gt \"yesterday\"",
        "name eq \"x\"",
        "emails[emails[value pr]]",
        "emails[name.x pr]",
    ] {
        let refused = Filter::parse(text).and_then(|filter| filter.check(&USERS)).unwrap_err();
        assert_eq!(refused.kind, ScimType::InvalidFilter, "{text}");
    }
    let secret = Filter::parse("password sw \"a\"").unwrap().check(&USERS).unwrap_err();
    assert_eq!(secret.kind, ScimType::Sensitive);
    assert!(Filter::parse("members.value eq \"7\"").unwrap().check(&GROUPS).is_ok());
}

#[test]
fn a_filter_has_bounds() {
    let nested = |levels: usize| format!("{}id pr{}", "(".repeat(levels), ")".repeat(levels));
    assert!(Filter::parse(&nested(DEEPEST - 1)).is_ok());
    for levels in [DEEPEST, 500, 1000] {
        assert!(Filter::parse(&nested(levels)).is_err(), "{levels}");
    }
    let long = |count: usize| vec!["id pr"; count].join(" or ");
    assert!(Filter::parse(&long(MOST_COMPARISONS)).is_ok());
    assert!(Filter::parse(&long(MOST_COMPARISONS + 1)).is_err());
    assert!(Filter::parse(&format!("id eq \"{}\"", "x".repeat(LONGEST))).is_err());
    let nots = format!("{}id pr{}", "not (".repeat(300), ")".repeat(300));
    assert!(Filter::parse(&nots).is_err());
}
