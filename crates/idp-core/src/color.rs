//! Colours of themes and of the marks of clients: `#rrggbb` in sRGB, and how well one can be told from another. WCAG 2.2,
//! "relative luminance" and "contrast ratio".

use serde::{Deserialize, Serialize};
use std::fmt;

/// An opaque colour.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color([u8; 3]);

/// Not a colour.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be a colour such as #2f5bd7")]
pub struct MalformedColor;

impl Color {
    /// `#000000`.
    pub const BLACK: Self = Self([0; 3]);
    /// `#ffffff`.
    pub const WHITE: Self = Self([255; 3]);

    /// Reads `#rrggbb`, in either case.
    ///
    /// # Errors
    /// [`MalformedColor`].
    pub fn parse(text: &str) -> Result<Self, MalformedColor> {
        let digits = text.strip_prefix('#').ok_or(MalformedColor)?;
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(MalformedColor);
        }
        let [_, red, green, blue] =
            u32::from_str_radix(digits, 16).map_err(|_| MalformedColor)?.to_be_bytes();
        Ok(Self([red, green, blue]))
    }

    /// The contrast ratio of two colours, from 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// This colour with so many percent of another in it.
    #[must_use]
    pub fn mixed(self, other: Self, percent: u8) -> Self {
        let Self([red, green, blue]) = self;
        let Self([other_red, other_green, other_blue]) = other;
        let mix = |own: u8, other: u8| {
            let percent = u32::from(percent.min(100));
            let sum = u32::from(own) * (100 - percent) + u32::from(other) * percent;
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        Self([mix(red, other_red), mix(green, other_green), mix(blue, other_blue)])
    }

    /// White or black, whichever is easier to read on it: 4.58:1 at least on any colour.
    #[must_use]
    pub fn readable_on_it(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) { Self::WHITE } else { Self::BLACK }
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([red, green, blue]) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl TryFrom<String> for Color {
    type Error = MalformedColor;
    fn try_from(text: String) -> Result<Self, MalformedColor> {
        Self::parse(&text)
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_colour_has_one_spelling_and_nothing_else_is_one() {
        assert_eq!(Color::parse("#2F5bD7").unwrap().to_string(), "#2f5bd7");
        for text in ["2f5bd7", "#2f5bd", "#2f5bd7ff", "#fff", "blue", "", "#+12345", "#2f5bd7;}", "#２f5bd"]
        {
            assert_eq!(Color::parse(text), Err(MalformedColor), "{text}");
        }
    }

    /// The figures of WCAG's own examples.
    #[test]
    fn contrast_is_that_of_wcag() {
        let ratio =
            |one: &str, other: &str| Color::parse(one).unwrap().contrast(Color::parse(other).unwrap());
        assert!((ratio("#000000", "#ffffff") - 21.0).abs() < 1e-9);
        assert!((ratio("#767676", "#ffffff") - 4.54).abs() < 0.01);
        assert!((ratio("#ffffff", "#767676") - 4.54).abs() < 0.01);
        assert!((ratio("#123456", "#123456") - 1.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn on_every_colour_white_or_black_can_be_read(channels: [u8; 3]) {
            let color = Color(channels);
            prop_assert!(color.contrast(color.readable_on_it()) >= 4.5);
            prop_assert_eq!(Color::parse(&color.to_string()), Ok(color));
            prop_assert_eq!(color.mixed(Color::WHITE, 0), color);
            prop_assert_eq!(color.mixed(Color::BLACK, 100), Color::BLACK);
        }
    }
}
