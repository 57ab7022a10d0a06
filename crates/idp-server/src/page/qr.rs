//! A QR code (ISO/IEC 18004) as the path of an SVG: drawn by the page itself, without a script and without an image.

use qrcodegen::{QrCode as Pattern, QrCodeEcc};
use std::fmt::Write as _;

/// The standard asks for four modules of light around the pattern, or readers do not find it.
const QUIET_ZONE: i32 = 4;

/// A QR code ready to be drawn.
pub struct QrCode {
    size: i32,
    path: String,
}

impl QrCode {
    /// The code of a text; `None` for a text that fits into none.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        // The coarsest pattern: it is read from a screen, which has no stains.
        let pattern = Pattern::encode_text(text, QrCodeEcc::Low).ok()?;
        Some(Self { size: pattern.size() + 2 * QUIET_ZONE, path: path(&pattern) })
    }

    /// Modules on each side, those of the quiet zone included.
    #[must_use]
    pub const fn size(&self) -> i32 {
        self.size
    }

    /// A line of the width 1 through each row of dark modules.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

fn path(pattern: &Pattern) -> String {
    let mut path = String::new();
    for y in 0..pattern.size() {
        // Where the pen is, and where the run of dark modules began.
        let (mut pen, mut began) = (None, None);
        for x in 0..=pattern.size() {
            match (pattern.get_module(x, y), began) {
                (true, None) => began = Some(x),
                (false, Some(from)) => {
                    let _infallible = match pen {
                        None => write!(path, "M{} {}.5", from + QUIET_ZONE, y + QUIET_ZONE),
                        Some(at) => write!(path, "m{} 0", from - at),
                    };
                    let _infallible = write!(path, "h{}", x - from);
                    (pen, began) = (Some(x), None);
                }
                _ => {}
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The dark modules that the path paints.
    fn painted(code: &QrCode) -> Vec<(i32, i32)> {
        let mut found = Vec::new();
        let (mut x, mut y) = (0, 0);
        let spaced = code.path.replace('M', " M").replace('m', " m").replace('h', " h");
        let mut words = spaced.split_whitespace();
        while let Some(word) = words.next() {
            let (command, number) = word.split_at(1);
            let number: i32 = number.parse().unwrap();
            match command {
                "M" => (x, y) = (number, words.next().unwrap().strip_suffix(".5").unwrap().parse().unwrap()),
                "m" => (x, _) = (x + number, words.next().unwrap()),
                _ => {
                    found.extend((x..x + number).map(|x| (x, y)));
                    x += number;
                }
            }
        }
        found
    }

    #[test]
    fn the_path_paints_the_pattern_with_light_around_it() {
        let text = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";
        let (code, pattern) =
            (QrCode::of(text).unwrap(), Pattern::encode_text(text, QrCodeEcc::Low).unwrap());
        let painted = painted(&code);
        for y in 0..code.size() {
            for x in 0..code.size() {
                let is_dark = pattern.get_module(x - QUIET_ZONE, y - QUIET_ZONE);
                assert_eq!(painted.contains(&(x, y)), is_dark, "{x} {y}");
            }
        }
    }

    #[test]
    fn the_longest_address_of_a_secret_stays_coarse_enough_for_a_camera() {
        let code = QrCode::of(&"%".repeat(340)).unwrap();
        // 16 rem on a phone.
        assert!(256 / code.size() >= 3, "{}", code.size());
        assert!(code.path().len() < 12_000, "{}", code.path().len());
        assert!(QrCode::of(&"x".repeat(5000)).is_none());
    }
}
