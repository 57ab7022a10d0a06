//! The colours of the pages in the light and in the dark scheme: those of the stylesheet, with those that an operator puts in
//! their place, and what must hold between them. WCAG 2.2: text at least 4.5:1 (1.4.3), outlines of controls and the focus ring
//! at least 3:1 (1.4.11). One colour of an operator, the accent, is enough: what goes with it is worked out.

use idp_core::color::Color;
use std::collections::BTreeMap;
use std::fmt;

/// The one stylesheet of the pages.
pub const STYLESHEET: &str = include_str!("../../../web-templates/assets/app.css");

/// The colours that an operator may set, as the stylesheet calls them.
pub const THEMED: [&str; 11] = [
    "page",
    "surface",
    "field",
    "soft",
    "text",
    "muted",
    "line",
    "field-line",
    "accent",
    "on-accent",
    "link",
];

/// One that is worked out: the accent under the pointer.
const ACCENT_STRONG: &str = "accent-strong";

/// What is read, and on what.
const TEXT: [(&str, &str); 21] = [
    ("text", "page"),
    ("text", "surface"),
    ("text", "field"),
    ("text", "soft"),
    ("text", "danger-soft"),
    ("text", "ok-soft"),
    ("muted", "page"),
    ("muted", "surface"),
    ("muted", "soft"),
    ("muted", "danger-soft"),
    ("link", "page"),
    ("link", "surface"),
    ("link", "field"),
    ("link", "soft"),
    ("danger", "surface"),
    ("danger", "danger-soft"),
    ("danger", "soft"),
    ("ok", "surface"),
    ("ok", "soft"),
    ("on-accent", "accent"),
    ("on-accent", ACCENT_STRONG),
];

/// What has to be found, and on what.
const OUTLINES: [(&str, &str); 7] = [
    ("field-line", "surface"),
    ("field-line", "field"),
    ("link", "danger-soft"),
    ("link", "ok-soft"),
    ("danger", "field"),
    ("ok", "ok-soft"),
    ("accent", "surface"),
];

const TEXT_CONTRAST: f64 = 4.5;
const OUTLINE_CONTRAST: f64 = 3.0;
/// How much darker or lighter the accent is under the pointer, in percent.
const STRONGER: u8 = 15;

/// A scheme of colours.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    /// Its table in the configuration, below `theme`.
    const fn table(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Some colours, by the names of the stylesheet.
pub type Colors = BTreeMap<&'static str, Color>;

/// The colours of one scheme.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Palette {
    scheme: Scheme,
    colors: BTreeMap<String, Color>,
}

/// Two colours that cannot be told apart well enough.
#[derive(Clone, Debug)]
pub struct TooLittleContrast {
    one: String,
    other: String,
    found: f64,
    least: f64,
}

impl fmt::Display for TooLittleContrast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { one, other, found, least } = self;
        // Cut, never rounded up to what is asked for.
        let found = (found * 100.0).floor() / 100.0;
        write!(f, "{one} on {other} is {found:.2}:1; it must be {least}:1 or more (WCAG 2.2)")
    }
}

impl Palette {
    /// The colours of the stylesheet.
    #[must_use]
    pub fn plain(scheme: Scheme) -> Self {
        let mut blocks =
            STYLESHEET.split(":root {\n").skip(1).map(|rest| rest.split('}').next().unwrap_or_default());
        let mut colors = blocks.next().map(declared).unwrap_or_default();
        if scheme == Scheme::Dark {
            colors.extend(blocks.next().map(declared).unwrap_or_default());
        }
        Self { scheme, colors }
    }

    /// The colours of the stylesheet with `given` in the place of some. `brand` is the accent of the other scheme, for a
    /// scheme that is given none.
    #[must_use]
    pub fn themed(scheme: Scheme, given: &Colors, brand: Option<Color>) -> Self {
        let mut palette = Self::plain(scheme);
        palette.colors.extend(given.iter().map(|(name, color)| ((*name).to_owned(), *color)));
        let own = given.get("accent").copied();
        let adapted = || {
            palette.adapted(brand?, &OUTLINES.map(|(one, other)| (one, other, OUTLINE_CONTRAST)), "accent")
        };
        if let Some(accent) = own.or_else(adapted) {
            palette.take_accent(accent, given);
        }
        palette
    }

    /// The colour of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Color> {
        self.colors.get(name).copied()
    }

    /// Its custom properties, for a stylesheet.
    #[must_use]
    pub fn declarations(&self) -> String {
        let names = THEMED.into_iter().chain([ACCENT_STRONG]);
        names.filter_map(|name| Some(format!("--{name}:{};", self.get(name)?))).collect()
    }

    /// Every pair that cannot be told apart well enough.
    #[must_use]
    pub fn faults(&self) -> Vec<TooLittleContrast> {
        let text = TEXT.iter().map(|pair| (pair, TEXT_CONTRAST));
        let outlines = OUTLINES.iter().map(|pair| (pair, OUTLINE_CONTRAST));
        text.chain(outlines).filter_map(|((one, other), least)| self.fault(one, other, least)).collect()
    }

    fn fault(&self, one: &str, other: &str, least: f64) -> Option<TooLittleContrast> {
        let found = self.get(one)?.contrast(self.get(other)?);
        let (one, other) = (self.called(one), self.called(other));
        (found < least).then_some(TooLittleContrast { one, other, found, least })
    }

    /// A colour with its key, or its name in the stylesheet where there is none.
    fn called(&self, name: &str) -> String {
        let color = self.get(name).map(|color| color.to_string()).unwrap_or_default();
        let table = self.scheme.table();
        match THEMED.contains(&name) {
            true => format!("theme.{table}.{} {color}", name.replace('-', "_")),
            false => format!("{name} {color} of the {table} scheme"),
        }
    }

    /// Everything that goes with an accent, as far as it is not given as well.
    fn take_accent(&mut self, accent: Color, given: &Colors) {
        let on_accent = given.get("on-accent").copied().unwrap_or_else(|| accent.readable_on_it());
        // Away from what stands on it, so that this becomes easier to read and never harder.
        let stronger = accent.mixed(on_accent.readable_on_it(), STRONGER);
        self.set("accent", accent);
        self.set("on-accent", on_accent);
        self.set(ACCENT_STRONG, stronger);
        if !given.contains_key("link") {
            let text = TEXT.map(|(one, other)| (one, other, TEXT_CONTRAST));
            let outlines = OUTLINES.map(|(one, other)| (one, other, OUTLINE_CONTRAST));
            let pairs: Vec<_> = text.into_iter().chain(outlines).collect();
            if let Some(link) = self.adapted(accent, &pairs, "link") {
                self.set("link", link);
            }
        }
    }

    fn set(&mut self, name: &str, color: Color) {
        self.colors.insert(name.to_owned(), color);
    }

    /// `color`, as much darker or lighter as it takes to hold its own as `name` in each of `pairs`.
    fn adapted(&self, color: Color, pairs: &[(&str, &str, f64)], name: &str) -> Option<Color> {
        let towards = self.get("surface")?.readable_on_it();
        let own: Vec<(Color, f64)> = pairs
            .iter()
            .filter(|(one, ..)| *one == name)
            .filter_map(|(_, other, least)| Some((self.get(other)?, *least)))
            .collect();
        let candidates = (0..=100).step_by(5).map(|percent| color.mixed(towards, percent));
        let mut fitting =
            candidates.filter(|it| own.iter().all(|(other, least)| it.contrast(*other) >= *least));
        fitting.next()
    }
}

/// `--name: #rrggbb;` of one block of the stylesheet.
fn declared(block: &str) -> BTreeMap<String, Color> {
    let properties = block.split(';').filter_map(|line| line.trim().strip_prefix("--")?.split_once(':'));
    properties.filter_map(|(name, value)| Some((name.to_owned(), Color::parse(value.trim()).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SCHEMES: [Scheme; 2] = [Scheme::Light, Scheme::Dark];

    fn color(text: &str) -> Color {
        Color::parse(text).unwrap()
    }

    fn words(palette: &Palette) -> Vec<String> {
        palette.faults().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_colours_of_the_stylesheet_can_be_told_apart_in_both_schemes() {
        for scheme in SCHEMES {
            let palette = Palette::plain(scheme);
            assert_eq!(words(&palette), Vec::<String>::new());
            for (one, other) in TEXT.iter().chain(&OUTLINES) {
                assert!(palette.get(one).is_some() && palette.get(other).is_some(), "{one} {other}");
            }
            assert!(THEMED.iter().all(|name| palette.get(name).is_some()));
        }
        assert_ne!(Palette::plain(Scheme::Light), Palette::plain(Scheme::Dark));
    }

    /// Nothing given changes nothing, to the letter.
    #[test]
    fn without_a_theme_the_pages_keep_their_colours() {
        for scheme in SCHEMES {
            assert_eq!(Palette::themed(scheme, &Colors::new(), None), Palette::plain(scheme));
        }
    }

    #[test]
    fn a_colour_that_cannot_be_read_is_named_with_its_figure() {
        let given = Colors::from([("text", color("#8a8a8a")), ("accent", color("#ffd400"))]);
        let found = words(&Palette::themed(Scheme::Light, &given, None));
        for expected in [
            "theme.light.text #8a8a8a on theme.light.surface #ffffff is 3.45:1; it must be 4.5:1 or more (WCAG 2.2)",
            "theme.light.accent #ffd400 on theme.light.surface #ffffff is 1.43:1; it must be 3:1 or more (WCAG 2.2)",
        ] {
            assert!(found.iter().any(|words| words == expected), "{expected}\n{found:#?}");
        }
        let given = Colors::from([("surface", color("#b3261e"))]);
        let found = words(&Palette::themed(Scheme::Light, &given, None));
        assert!(found.iter().any(|words| words.contains("danger #b3261e of the light scheme")), "{found:#?}");
    }

    /// A figure just below the limit does not read like the limit.
    #[test]
    fn a_figure_is_never_rounded_up_to_what_is_asked_for() {
        let fault = TooLittleContrast { one: "a".into(), other: "b".into(), found: 4.4999, least: 4.5 };
        assert!(fault.to_string().contains("is 4.49:1"), "{fault}");
    }

    /// For every accent of one scheme the other scheme finds one to go with it, and links of both can be read.
    #[test]
    fn an_accent_brings_all_that_goes_with_it() {
        let steps = || (0..=255).step_by(51);
        let all = steps()
            .flat_map(|red| steps().flat_map(move |green| steps().map(move |blue| (red, green, blue))));
        for (red, green, blue) in all {
            let accent = color(&format!("#{red:02x}{green:02x}{blue:02x}"));
            for scheme in SCHEMES {
                let other = Palette::themed(scheme, &Colors::new(), Some(accent));
                assert_eq!(words(&other), Vec::<String>::new(), "{accent}");
                let own = Palette::themed(scheme, &Colors::from([("accent", accent)]), None);
                let wrong: Vec<_> =
                    words(&own).into_iter().filter(|words| !words.contains(".accent #")).collect();
                assert_eq!(wrong, Vec::<String>::new(), "{accent}");
            }
        }
    }
}
