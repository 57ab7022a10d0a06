#![allow(clippy::unwrap_used)]
use super::super::sample::{plain, text};
use super::*;
use proptest::prelude::*;
use serde_json::json;

fn choice(choices: &[&str], is_multiple: bool) -> AttributeType {
    let choices = choices.iter().map(|&choice| choice.to_owned()).collect();
    AttributeType::new(AttributeKind::Choice, None, choices, is_multiple).unwrap()
}

#[test]
fn a_type_has_the_bounds_of_its_kind_and_no_others() {
    let new = |kind, max_length, choices: &[&str], is_multiple| {
        let choices = choices.iter().map(|&choice| choice.to_owned()).collect();
        AttributeType::new(kind, max_length, choices, is_multiple).map(drop)
    };
    use AttributeKind::{Boolean, Choice, Date, Integer, String};
    assert_eq!(new(String, Some(255), &[], true), Ok(()));
    assert_eq!(new(Choice, None, &["a", "b"], true), Ok(()));
    for (kind, length) in [(String, 0), (String, 256), (Choice, 5), (Integer, 5)] {
        let choices: &[&str] = if kind == Choice { &["a"] } else { &[] };
        assert_eq!(new(kind, Some(length), choices, false), Err(UnfitType::MaxLength));
    }
    for choices in
        [&[][..], &["a", "a"], &[""], &[" a"], &["a\0"], &["a\u{202e}b"], &["a\u{200b}"], &[&"x".repeat(101)]]
    {
        assert_eq!(new(Choice, None, choices, false), Err(UnfitType::Choices), "{choices:?}");
    }
    assert_eq!(new(String, None, &["a"], false), Err(UnfitType::Choices));
    for kind in [Integer, Boolean, Date] {
        assert_eq!(new(kind, None, &[], true), Err(UnfitType::Multiple));
    }
}

#[test]
fn a_value_is_of_its_type_or_refused() {
    let read = |of: &AttributeType, value| of.read(&value).map(|read| read.map(|read| read.to_json()));
    let (short, many) = (text(5, false), text(5, true));
    assert_eq!(read(&short, json!("\u{8d22}\u{52a1}\u{90e8}")), Ok(Some(json!("\u{8d22}\u{52a1}\u{90e8}"))));
    assert_eq!(read(&short, json!("")), Ok(None));
    assert_eq!(read(&short, json!(null)), Ok(None));
    assert_eq!(read(&short, json!("sixsix")), Err(UnfitValue::TooLong(5)));
    for unfit in ["a\0b", " a", "a\n"] {
        assert_eq!(read(&short, json!(unfit)), Err(UnfitValue::NoLine), "{unfit:?}");
    }
    assert_eq!(read(&short, json!(7)), Err(UnfitValue::NoText));
    assert_eq!(read(&short, json!(["a"])), Err(UnfitValue::Several));
    assert_eq!(read(&many, json!(["b", "a", "b"])), Ok(Some(json!(["b", "a"]))));
    assert_eq!(read(&many, json!("b")), Ok(Some(json!(["b"]))));
    assert_eq!(read(&many, json!([])), Ok(None));
    assert_eq!(read(&many, json!([1])), Err(UnfitValue::NoText));
    assert_eq!(read(&many, json!({})), Err(UnfitValue::NoText));
    let all: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    assert_eq!(read(&many, json!(all)), Err(UnfitValue::TooMany));
    assert_eq!(read(&choice(&["a", "b"], false), json!("b")), Ok(Some(json!("b"))));
    assert_eq!(read(&choice(&["a", "b"], false), json!("c")), Err(UnfitValue::NoChoice));
    let number = plain(AttributeKind::Integer);
    assert_eq!(read(&number, json!(-7)), Ok(Some(json!(-7))));
    for unfit in [json!(1.5), json!(9_007_199_254_740_992_i64), json!("7"), json!(u64::MAX), json!(true)] {
        assert_eq!(read(&number, unfit), Err(UnfitValue::NoInteger));
    }
    assert_eq!(read(&plain(AttributeKind::Boolean), json!(false)), Ok(Some(json!(false))));
    assert_eq!(read(&plain(AttributeKind::Boolean), json!("false")), Err(UnfitValue::NoTruth));
    let day = plain(AttributeKind::Date);
    assert_eq!(read(&day, json!("2024-02-29")), Ok(Some(json!("2024-02-29"))));
    for unfit in [
        "2023-02-29",
        "2024-13-01",
        "2024-00-10",
        "0000-01-01",
        "24-01-01",
        "2024-1-1",
        "2024-01-32",
        "+024-01-01",
    ] {
        assert_eq!(read(&day, json!(unfit)), Err(UnfitValue::NoDate), "{unfit}");
    }
}

#[test]
fn texts_of_a_form_are_read_as_the_type_has_them() {
    let read = |of: &AttributeType, texts: &[&str]| of.read_texts(texts.iter().copied());
    assert_eq!(read(&plain(AttributeKind::Integer), &[" 12 "]), Ok(Some(AttributeValue::Integer(12))));
    assert_eq!(read(&plain(AttributeKind::Boolean), &["true"]), Ok(Some(AttributeValue::Boolean(true))));
    assert_eq!(read(&plain(AttributeKind::Boolean), &["yes"]), Err(UnfitValue::NoTruth));
    assert_eq!(read(&text(9, false), &["", " "]), Ok(None));
    assert_eq!(read(&text(9, false), &["a", "b"]), Err(UnfitValue::Several));
    assert_eq!(
        read(&text(9, true), &["a", "", "b"]),
        Ok(Some(AttributeValue::Several(vec!["a".into(), "b".into()])))
    );
}

#[test]
fn a_later_type_says_what_it_does_not_take_any_more() {
    assert_eq!(text(5, false).narrowed_by(&text(9, false)), Narrowing::None);
    assert_eq!(text(9, false).narrowed_by(&text(5, false)), Narrowing::Shorter(5));
    assert_eq!(text(9, false).narrowed_by(&text(9, true)), Narrowing::Other);
    assert_eq!(text(9, false).narrowed_by(&plain(AttributeKind::Date)), Narrowing::Other);
    let (both, one) = (choice(&["a", "b"], false), choice(&["b", "c"], false));
    assert_eq!(both.narrowed_by(&one), Narrowing::Without(vec!["a".to_owned()]));
}

proptest! {
    #[test]
    fn m20_no_value_of_a_type_weighs_more_than_the_largest(
        texts in prop::collection::vec("\\PC{0,12}", 0..25), number in any::<i64>(), length in 1_usize..12,
    ) {
        for of in [text(length, true), text(length, false), plain(AttributeKind::Integer), plain(AttributeKind::Date), plain(AttributeKind::Boolean)] {
            for given in [json!(texts), json!(texts.first()), json!(number), json!("2024-02-29"), json!(true)] {
                if let Ok(Some(value)) = of.read(&given) {
                    prop_assert!(value.to_json().to_string().len() <= of.largest().to_string().len());
                    prop_assert_eq!(of.stored(value.texts()), Some(value.clone()));
                    prop_assert!(of.fits(&value));
                }
            }
        }
    }
}
