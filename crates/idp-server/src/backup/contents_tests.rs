#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
use super::*;
use crate::db::copied_rows::ColumnKind;

fn key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &[7; 32])
}

fn written() -> Vec<u8> {
    let head = Head::new(1_800_000_000, "https://id.example", vec!["1".into()], vec!["ab".into()]);
    let mut writer = Writer::begin(head, Vec::new()).unwrap();
    let columns = [Column { name: "id".into(), kind: ColumnKind::Text }];
    for (name, rows) in [("users", 3), ("roles", 0)] {
        writer.table(name, &columns).unwrap();
        (0..rows).for_each(|row| writer.row(&format!("[\"{row}\"]")).unwrap());
        writer.end_of_table().unwrap();
    }
    writer.finish(&key()).unwrap().1
}

fn refusal(file: &[u8]) -> String {
    match read(file, &mut Unkept) {
        Err(ReadError::Contents(words)) => words,
        other => panic!("{other:?}"),
    }
}

#[test]
fn rows_with_a_nul_character_are_counted_by_table() {
    for (row, has_it) in [
        (r#"["a\u0000b"]"#, true),
        (r#"["a\\\u0000"]"#, true),
        (r#"["a\\u0000b"]"#, false),
        (r#"["\\\\u0000", "\n", "u0000"]"#, false),
        (r#"["plain"]"#, false),
    ] {
        assert_eq!(has_nul(row), has_it, "{row}");
    }
    let file = String::from_utf8(written()).unwrap();
    assert!(read(file.as_bytes(), &mut Unkept).unwrap().with_nul.is_empty());
    let mut tally = Tally::new();
    tally.begin("users");
    [r#"["a\u0000"]"#, r#"["b"]"#, r#"["\u0000"]"#].iter().for_each(|row| tally.row(row));
    assert_eq!(tally.with_nul, BTreeMap::from([("users".to_owned(), 2)]));
}

#[test]
fn what_was_written_is_read() {
    let contents = read(written().as_slice(), &mut Unkept).unwrap();
    assert_eq!((contents.tables, contents.rows, contents.people), (2, 3, 3));
    assert_eq!(contents.head.issuer, "https://id.example");
    assert!(contents.is_marked_by(&key()));
    assert!(!contents.is_marked_by(&hmac::Key::new(hmac::HMAC_SHA256, &[8; 32])));
}

#[test]
fn a_line_that_is_missing_changed_or_too_much_is_noticed() {
    let file = String::from_utf8(written()).unwrap();
    let lines: Vec<&str> = file.lines().collect();
    for missing in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(missing);
        refusal((fewer.join("\n") + "\n").as_bytes());
    }
    refusal(file.replace("[\"1\"]", "[\"7\"]").as_bytes());
    refusal(file.replace("\"rows\":3", "\"rows\":4").as_bytes());
    refusal((file.clone() + "[]\n").as_bytes());
    assert_eq!(refusal(&file.as_bytes()[..file.len() - 1]), "ends before its end");
    let newer = file.replace("\"version\":1", "\"version\":2");
    assert!(refusal(newer.as_bytes()).contains("of another form (2, this version knows 1)"));
}
