//! What the stylesheet promises beside its colours, which `palette` checks: WCAG 2.2, and text that can be read on a phone.

#![allow(clippy::unwrap_used)]

use idp_core::color::Color;

use super::assets;

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
    let css = assets::stylesheet().body();
    for size in css.split("font-size: ").skip(1) {
        let size: f64 = size.split_once("rem").unwrap().0.parse().unwrap();
        assert!(size >= 1.0, "{size}rem");
    }
}
