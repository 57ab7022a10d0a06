//! What the stylesheet promises beside its colours, which `palette` checks: WCAG 2.2, and text that can be read on a phone.

#![allow(clippy::unwrap_used)]

use idp_core::color::Color;

use super::assets;

/// Both of them.
fn all() -> String {
    [assets::stylesheet(), assets::admin_stylesheet()].map(|asset| asset.body()).concat()
}

#[test]
fn monograms_are_readable() {
    let css = assets::stylesheet().body();
    let tones: Vec<_> = css.split(".tone-").skip(1).map(|rest| rest.split_once('#').unwrap().1).collect();
    assert_eq!(tones.len(), 6);
    for tone in tones {
        let color = Color::parse(&format!("#{}", tone.split(';').next().unwrap())).unwrap();
        assert!(color.contrast(Color::WHITE) >= 4.5, "{color}");
    }
}

#[test]
fn no_text_is_smaller_than_16_pixels() {
    let css = all();
    for size in css.split("font-size: ").skip(1) {
        let size: f64 = size.split_once("rem").unwrap().0.parse().unwrap();
        assert!(size >= 1.0, "{size}rem");
    }
}

/// 2.4.11: nothing lies over the page that could cover what has the focus.
#[test]
fn nothing_can_cover_what_has_the_focus() {
    let css = all();
    for position in ["fixed", "sticky"] {
        assert!(!css.contains(&format!("position: {position}")), "{position}");
    }
}

/// It turns round with the direction of the language.
#[test]
fn the_stylesheet_knows_no_left_and_right() {
    let is_of_a_side = |text: &str| text.split(['-', ' ']).any(|word| matches!(word, "left" | "right"));
    let css = all();
    let declarations = css.split(['{', '}', ';']).filter_map(|part| part.split_once(':'));
    let found: Vec<_> =
        declarations.filter(|(name, value)| is_of_a_side(name) || is_of_a_side(value)).collect();
    assert_eq!(found, []);
}
