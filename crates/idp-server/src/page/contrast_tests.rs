//! The stylesheet's colours against WCAG 2.2: text at least 4.5:1 (1.4.3), outlines of controls and
//! the focus ring at least 3:1 (1.4.11), in the light and in the dark scheme.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::HashMap;

use super::assets;

const TEXT: &[(&str, &str)] = &[
    ("text", "page"),
    ("text", "surface"),
    ("text", "field"),
    ("text", "soft"),
    ("text", "danger-soft"),
    ("muted", "page"),
    ("muted", "surface"),
    ("muted", "soft"),
    ("muted", "danger-soft"),
    ("link", "surface"),
    ("link", "field"),
    ("link", "soft"),
    ("danger", "surface"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
];

const OUTLINES: &[(&str, &str)] = &[
    ("field-line", "surface"),
    ("field-line", "field"),
    ("link", "page"),
    ("link", "danger-soft"),
    ("danger", "danger-soft"),
    ("danger", "field"),
    ("ok", "surface"),
    ("ok", "ok-soft"),
    ("accent", "surface"),
];

/// `--name: #rrggbb;` of one block of the stylesheet.
fn colours(block: &str) -> HashMap<&str, [u8; 3]> {
    let properties = block.split(';').filter_map(|line| line.trim().strip_prefix("--")?.split_once(':'));
    let hexes = properties.filter_map(|(name, value)| Some((name, value.trim().strip_prefix('#')?)));
    hexes
        .map(|(name, hex)| (name, [0, 2, 4].map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())))
        .collect()
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn colours_can_be_told_apart_in_both_schemes() {
    let css = assets::stylesheet().body();
    let blocks: Vec<_> = css.split(":root {\n").skip(1).map(|rest| rest.split_once('}').unwrap().0).collect();
    assert_eq!(blocks.len(), 2, "a light and a dark scheme");
    let light = colours(blocks[0]);
    let mut dark = light.clone();
    dark.extend(colours(blocks[1]));
    for (scheme, colours) in [("light", light), ("dark", dark)] {
        for (pairs, least) in [(TEXT, 4.5), (OUTLINES, 3.0)] {
            for (one, other) in pairs {
                let found = contrast(colours[one], colours[other]);
                assert!(found >= least, "{scheme}: {one} on {other} is {found:.2}:1");
            }
        }
    }
}

#[test]
fn monograms_are_readable() {
    let css = assets::stylesheet().body();
    let tones: Vec<_> = css.split(".tone-").skip(1).map(|rest| rest.split_once('#').unwrap().1).collect();
    assert_eq!(tones.len(), 6);
    for tone in tones {
        let colour = [0, 2, 4].map(|at| u8::from_str_radix(&tone[at..at + 2], 16).unwrap());
        assert!(contrast(colour, [255; 3]) >= 4.5, "#{}", &tone[..6]);
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
