//! The `[theme]` table: how the pages look and where their footer leads. What it does not say is as the stylesheet says.

use idp_core::color::Color;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

use super::link_by_language::LinkByLanguage;
use crate::palette::{Colors, Palette, Scheme};
use crate::words::Language;

/// The roundest corners, in pixels.
const MOST_RADIUS: u16 = 24;
/// The most families of a font stack.
const MOST_FONTS: usize = 8;

/// The `[theme]` table.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThemeConfig {
    /// The logo of the service, which then stands above each page: PNG, WebP or SVG, at most 32 KiB.
    pub logo: Option<PathBuf>,
    /// The icon of the browser tab; the same formats.
    pub favicon: Option<PathBuf>,
    /// How round corners are, in pixels: 0 to 24.
    pub radius: Option<u16>,
    /// Families of fonts that people's devices have, tried before those of the system.
    pub fonts: Vec<String>,
    /// The terms of use.
    pub terms: Option<LinkByLanguage>,
    /// The privacy policy.
    pub privacy: Option<LinkByLanguage>,
    /// Where people find help.
    pub help: Option<LinkByLanguage>,
    /// Colours for people who prefer a light scheme, or none.
    pub light: SchemeConfig,
    /// Colours for people who prefer a dark one.
    pub dark: SchemeConfig,
}

/// The colours of one scheme.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SchemeConfig {
    /// Behind everything.
    pub page: Option<Color>,
    /// Of the card.
    pub surface: Option<Color>,
    /// Of fields.
    pub field: Option<Color>,
    /// Of quiet areas, such as a button under the pointer.
    pub soft: Option<Color>,
    /// Of text.
    pub text: Option<Color>,
    /// Of what matters less.
    pub muted: Option<Color>,
    /// Between areas.
    pub line: Option<Color>,
    /// Around fields.
    pub field_line: Option<Color>,
    /// Of the one button that goes on.
    pub accent: Option<Color>,
    /// Of the words on it.
    pub on_accent: Option<Color>,
    /// Of links and of the focus ring.
    pub link: Option<Color>,
}

impl ThemeConfig {
    /// The colours of the light and of the dark scheme.
    #[must_use]
    pub fn palettes(&self) -> [Palette; 2] {
        let Self { light, dark, .. } = self;
        [
            Palette::themed(Scheme::Light, &light.given(), dark.accent),
            Palette::themed(Scheme::Dark, &dark.given(), light.accent),
        ]
    }

    /// The first thing that cannot be, in words for the operator. The files are looked at when the server starts. `default` is
    /// the language of the pages where nothing else decides.
    pub(super) fn fault(&self, default: Language) -> Option<String> {
        let links = [("terms", &self.terms), ("privacy", &self.privacy), ("help", &self.help)];
        let leads_nowhere = |link: &&Option<LinkByLanguage>| {
            link.as_ref().is_some_and(|link| link.to(default, default).is_none())
        };
        if let Some((key, _)) = links.iter().find(|(_, link)| leads_nowhere(link)) {
            let tag = default.tag();
            return Some(format!("theme.{key} has no address for {tag}, which is language.default"));
        }
        if let Some(radius) = self.radius.filter(|radius| *radius > MOST_RADIUS) {
            return Some(format!("theme.radius is {radius}; it must be 0 to {MOST_RADIUS}"));
        }
        if self.fonts.len() > MOST_FONTS {
            return Some(format!("theme.fonts has {}; it must have {MOST_FONTS} at most", self.fonts.len()));
        }
        if let Some(font) = self.fonts.iter().find(|font| !is_font(font)) {
            return Some(format!(
                "theme.fonts has {font:?}; a family has 1 to 60 letters, digits, spaces and hyphens"
            ));
        }
        let [light, dark] = self.palettes();
        let faults: Vec<String> =
            light.faults().iter().chain(&dark.faults()).map(ToString::to_string).collect();
        (!faults.is_empty()).then(|| faults.join("; "))
    }
}

impl SchemeConfig {
    fn given(&self) -> Colors {
        // A colour that is added does not compile here until it is named.
        let Self { page, surface, field, soft, text, muted, line, field_line, accent, on_accent, link } =
            self;
        [
            ("page", page),
            ("surface", surface),
            ("field", field),
            ("soft", soft),
            ("text", text),
            ("muted", muted),
            ("line", line),
            ("field-line", field_line),
            ("accent", accent),
            ("on-accent", on_accent),
            ("link", link),
        ]
        .into_iter()
        .filter_map(|(name, color)| Some((name, (*color)?)))
        .collect()
    }
}

/// Nothing that could end a declaration of a stylesheet.
fn is_font(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '-');
    !name.trim().is_empty() && name.chars().count() <= 60 && name.chars().all(is_plain)
}
