#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Outcome<Object<'_>> {
    Object::parse(text, 100)
}

#[test]
fn reads_members_by_their_unescaped_name() {
    let object = parse(r#" { "al\u0067" : "RS\u0032\n", "n":12, "a":["x","\ud83d\ude00"] } "#).unwrap();
    assert_eq!(object.get("alg").unwrap().string().unwrap(), "RS2\n");
    assert_eq!(object.get("n").unwrap().integer(), Some(12));
    assert_eq!(object.get("a").unwrap().strings().unwrap(), ["x", "\u{1f600}"]);
    assert!(object.get("b").is_none());
}

#[test]
fn j20_j21_a_name_occurs_once_however_it_is_escaped() {
    for text in [
        r#"{"alg":1,"alg":1}"#,
        r#"{"alg":1,"al\u0067":2}"#,
        r#"{"\u0061lg":1,"alg":2}"#,
        r#"{"a/b":1,"a\/b":2}"#,
        r#"{"😀":1,"\ud83d\ude00":2}"#,
        r#"{"":1,"":2}"#,
        r#"{"A":1,"b":{},"A":[]}"#,
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    assert!(parse(r#"{"a":1,"A":2}"#).is_ok());
}

#[test]
fn j22_what_is_not_one_object_is_refused() {
    for text in [
        "",
        " ",
        "[]",
        "\"x\"",
        "null",
        "1",
        "true",
        "{}x",
        "{}{}",
        "{} {}",
        "{},",
        "{",
        "}",
        "{]",
        r#"{"a":1,}"#,
        r#"{,"a":1}"#,
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{a:1}"#,
        r#"{'a':1}"#,
        r#"{"a":1 "b":2}"#,
        r#"{"a":NaN}"#,
        r#"{"a":Infinity}"#,
        r#"{"a":undefined}"#,
        r#"{"a":1}//c"#,
        r#"{/**/"a":1}"#,
        "\u{feff}{}",
        "{}\0",
        "{\u{a0}}",
        "{\u{c}}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":\"\n\"}",
        r#"{"a":"\x"}"#,
        r#"{"a":"\u12"}"#,
        r#"{"a":"\u+123"}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\udc00"}"#,
        r#"{"a":"\ud800\ud800"}"#,
        r#"{"a":"\ud800x"}"#,
        r#"{"\ud800":1}"#,
        r#"{"a":"x}"#,
        r#"{"a":01}"#,
        r#"{"a":1.}"#,
        r#"{"a":.1}"#,
        r#"{"a":-}"#,
        r#"{"a":+1}"#,
        r#"{"a":1e}"#,
        r#"{"a":0x1}"#,
        r#"{"a":tru}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[1 2]}"#,
        r#"{"a":1e309}"#,
        r#"{"a":-1e999}"#,
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn j23_depth_members_and_numbers_are_bounded() {
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(&nested(MAX_DEPTH - 1)).is_ok());
    assert!(parse(&nested(MAX_DEPTH)).is_err());
    assert!(parse(&nested(100_000)).is_err());
    assert!(parse(&"{\"a\":".repeat(100_000)).is_err());

    let members: Vec<String> = (0..100_000).map(|n| format!("\"{n}\":0")).collect();
    assert!(parse(&format!("{{{}}}", members.join(","))).is_err());
    assert!(parse(&format!("{{\"a\":{}}}", "9".repeat(1_000_000))).is_err());
    assert!(parse(&format!("{{\"a\":0.{}}}", "9".repeat(1_000))).is_err());
}

#[test]
fn j29_an_integer_is_digits_alone() {
    let integer = |text: &str| {
        let document = format!("{{\"a\":{text}}}");
        parse(&document).ok().and_then(|object| object.get("a")?.integer())
    };
    assert_eq!(integer("0"), Some(0));
    assert_eq!(integer("9223372036854775807"), Some(i64::MAX));
    for text in ["-1", "-0", "1.0", "1e3", "1E0", "9223372036854775808", "\"1\"", "null", "[1]", "true"] {
        assert_eq!(integer(text), None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// What is accepted here, a general parser accepts too, with the same values.
    #[test]
    fn j51_never_laxer_than_the_reference(text in r#"\{("[ab\\u0061]{0,3}" ?: ?("x"|"\\u00e9"|"\\ud83d\\ude00"|-?[0-9.e]{1,5}|\[\]|\{"a":1\}|true|null|\[1,"b"\]) ?,?){0,4}\} ?x?"#) {
        if let Ok(object) = parse(&text) {
            let reference: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(object.0.len(), reference.as_object().unwrap().len());
            for Member { name, value, .. } in &object.0 {
                let same: serde_json::Value = serde_json::from_str(value.0).unwrap();
                prop_assert_eq!(&reference[name.as_ref()], &same);
                let string = value.string();
                prop_assert_eq!(string.as_deref(), same.as_str());
            }
        }
    }

    /// And nothing that a general serialiser writes is refused, but for a name given twice.
    #[test]
    fn what_a_serialiser_writes_is_read(name in ".{0,8}", value in ".{0,20}", number in any::<u32>()) {
        let text = serde_json::json!({ format!("a{name}"): value, "n": number }).to_string();
        let object = parse(&text).unwrap();
        prop_assert_eq!(object.get(&format!("a{name}")).unwrap().string().unwrap(), value);
        prop_assert_eq!(object.get("n").unwrap().integer(), Some(i64::from(number)));
    }
}
