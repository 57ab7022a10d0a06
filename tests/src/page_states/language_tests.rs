//! The words of the pages, in every language.

use super::Look;
use super::markup::{FRIENDLY, attributes, every_page, every_state};
use idp_server::words::Language;

#[test]
fn no_placeholder_is_left_in_any_sentence() {
    for (name, page) in every_page(FRIENDLY) {
        assert!(!page.contains(['{', '}']), "{name}");
    }
}

/// What a person reads in a page: no tags, and no text in another language that says so.
fn read_aloud(page: &str) -> String {
    let page = page.split_once("<title>").unwrap().1;
    let pieces = page.split('<').map(|piece| {
        let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
        let is_said = !tag.contains(" lang=") && !tag.starts_with("code");
        let spoken = attributes(tag).into_iter().filter(|(name, _)| matches!(*name, "aria-label" | "title"));
        let spoken: String = spoken.map(|(_, value)| format!("{value} ")).collect();
        format!("{spoken}{}", if is_said { text } else { "" })
    });
    pieces.collect::<Vec<_>>().join("|")
}

#[test]
fn a_page_in_chinese_has_no_word_that_is_not() {
    let chinese = "zh-CN".parse().unwrap();
    for (name, page) in every_state(&Look::filled(chinese, "名", "x")) {
        let mut said = read_aloud(&page);
        for name in ["Cookie", "JPEG", "WebP", "JSON", "PKCE", "https://", "http://", "Asia/Shanghai"] {
            said = said.replace(name, "");
        }
        let words = said.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 3);
        assert_eq!(words.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}: {said}");
        let half = said.chars().zip(said.chars().skip(1)).find(|(before, mark)| {
            !before.is_ascii() && matches!(mark, ',' | '.' | '!' | '?' | ';' | ':' | '(' | ')')
        });
        assert_eq!(half, None, "{name}: punctuation of half width in {said}");
    }
}

/// Of one that is written from the right, a test beside the layout tells.
#[test]
fn every_page_says_its_language_and_its_direction() {
    for language in Language::all() {
        let (tag, direction) = (language.tag(), language.direction());
        for (name, page) in every_state(&Look::filled(language, FRIENDLY, "x")) {
            assert!(page.contains(&format!("<html lang=\"{tag}\" dir=\"{direction}\">")), "{name} {tag}");
        }
    }
}
