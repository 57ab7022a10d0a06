//! What WCAG 2.2 asks for and can be seen without a browser; the rest is looked at in Chromium (docs/accessibility.md).

#![allow(clippy::unwrap_used)]

use super::assets;
use super::samples_for_tests::every_page;
use super::tests::{attributes, tags};

/// 2.4.11: nothing lies over the page that could cover what has the focus.
#[test]
fn nothing_can_cover_what_has_the_focus() {
    let css = assets::stylesheet().body();
    for position in ["fixed", "sticky"] {
        assert!(!css.contains(&format!("position: {position}")), "{position}");
    }
}

/// 1.3.5 and 3.3.8: a password manager fills every field, and nothing keeps people from pasting.
#[test]
fn every_field_says_what_it_is_for_and_takes_what_is_pasted() {
    for (name, page) in every_page("name") {
        for tag in tags(&page).into_iter().filter(|tag| tag.starts_with("input")) {
            let attributes = attributes(tag);
            let value =
                |wanted: &str| attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
            // To these the attribute does not apply (HTML Living Standard 4.10.5).
            if matches!(value("type"), Some("hidden" | "checkbox" | "radio" | "file")) {
                continue;
            }
            let purpose = value("autocomplete").unwrap_or_else(|| panic!("{name}: {tag}"));
            let is_secret = value("type") == Some("password");
            assert!(!is_secret || purpose.ends_with("-password"), "{name}: {tag}");
            assert!(value("onpaste").is_none(), "{name}: {tag}");
        }
    }
}

/// 3.2.6: help is at the same place on every page, after everything that a page is about.
#[test]
fn what_helps_is_below_each_page() {
    let layout = include_str!("../../../../web-templates/partial/layout.html");
    let (main, links) = (layout.find("</main>").unwrap(), layout.find("layout.theme.links()").unwrap());
    assert!(main < links);
}
