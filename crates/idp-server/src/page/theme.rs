//! How the pages of this installation look (docs/adr/0056): a small stylesheet that is loaded after the one of all
//! installations and sets its custom properties, the logo, the icon, and where the footer leads. It is made once, at the start;
//! no page holds a style of its own, so the Content Security Policy stays as strict as it is.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use idp_core::logo::{Logo, UnfitLogo};
use idp_core::web_link::WebLink;

use super::assets::{self, Asset};
use crate::config::{LinkByLanguage, ThemeConfig};
use crate::palette::{Palette, Scheme};
use crate::words::Language;

/// Families that every browser knows by a word, which is written without quotes (CSS Fonts 4, section 2.1.1).
const GENERIC_FONTS: [&str; 8] = [
    "system-ui",
    "ui-sans-serif",
    "ui-serif",
    "ui-rounded",
    "ui-monospace",
    "sans-serif",
    "serif",
    "monospace",
];
/// A card is rounder than what stands in it.
const CARD_TO_PART: f32 = 1.6;
const PIXELS_PER_REM: f32 = 16.0;

static PLAIN: LazyLock<Arc<Theme>> =
    LazyLock::new(|| Arc::new(Theme::of(&ThemeConfig::default(), Language::english())));

/// The looks of an installation.
#[derive(Debug)]
pub struct Theme {
    stylesheet: Option<Asset>,
    logo: Option<Asset>,
    favicon: Option<Asset>,
    light_page: String,
    dark_page: String,
    links: Vec<(&'static str, LinkByLanguage)>,
    default: Language,
}

/// A link of the footer.
#[derive(Debug, Clone, Copy)]
pub struct ThemeLink<'a> {
    /// The id of its words.
    pub words: &'static str,
    /// Where it leads.
    pub to: &'a WebLink,
}

/// A file of the theme that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{setting} = {}", path.display())]
pub struct ThemeError {
    setting: &'static str,
    path: PathBuf,
    source: ThemeFileError,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum ThemeFileError {
    /// It is not there, or not for this process.
    #[error("it cannot be read")]
    Unreadable(#[source] std::io::Error),
    /// It is no logo.
    #[error(transparent)]
    Unfit(#[from] UnfitLogo),
}

impl Theme {
    /// The looks that the stylesheet has by itself.
    #[must_use]
    pub fn plain() -> Arc<Self> {
        Arc::clone(&PLAIN)
    }

    /// What `config` says, with the files that it names. `default` is the language of the pages where nothing else decides.
    ///
    /// # Errors
    /// [`ThemeError`] names the setting, the file and what is wrong with it.
    pub fn load(config: &ThemeConfig, default: Language) -> Result<Self, ThemeError> {
        let logo = picture("theme.logo", "logo", config.logo.as_deref())?;
        let favicon = picture("theme.favicon", "icon", config.favicon.as_deref())?;
        Ok(Self { logo, favicon, ..Self::of(config, default) })
    }

    fn of(config: &ThemeConfig, default: Language) -> Self {
        let palettes = config.palettes();
        let [light, dark] = &palettes;
        let page_color =
            |palette: &Palette| palette.get("page").map(|color| color.to_string()).unwrap_or_default();
        Self {
            light_page: page_color(light),
            dark_page: page_color(dark),
            stylesheet: stylesheet(config, &palettes),
            logo: None,
            favicon: None,
            links: links(config),
            default,
        }
    }

    /// The stylesheet that comes after the one of all installations.
    #[must_use]
    pub const fn stylesheet(&self) -> Option<&Asset> {
        self.stylesheet.as_ref()
    }

    /// The logo that stands above each page.
    #[must_use]
    pub const fn logo(&self) -> Option<&Asset> {
        self.logo.as_ref()
    }

    /// The icon of the browser tab.
    #[must_use]
    pub fn favicon(&self) -> &Asset {
        self.favicon.as_ref().unwrap_or_else(|| assets::favicon())
    }

    /// What is behind everything in the light scheme, for the frame of a browser.
    #[must_use]
    pub fn light_page(&self) -> &str {
        &self.light_page
    }

    /// The same in the dark one.
    #[must_use]
    pub fn dark_page(&self) -> &str {
        &self.dark_page
    }

    /// The links of the footer of a page in `language`.
    #[must_use]
    pub fn links(&self, language: Language) -> Vec<ThemeLink<'_>> {
        let links = self.links.iter();
        links
            .filter_map(|(words, link)| Some(ThemeLink { words, to: link.to(language, self.default)? }))
            .collect()
    }

    /// The asset of exactly this name, hash included.
    pub(super) fn find(&self, name: &str) -> Option<&Asset> {
        let all = [&self.stylesheet, &self.logo, &self.favicon];
        all.into_iter().flatten().find(|asset| asset.name() == name)
    }
}

fn links(config: &ThemeConfig) -> Vec<(&'static str, LinkByLanguage)> {
    let all =
        [("footer-help", &config.help), ("footer-privacy", &config.privacy), ("footer-terms", &config.terms)];
    all.into_iter().filter_map(|(words, to)| Some((words, to.clone()?))).collect()
}

fn picture(setting: &'static str, stem: &str, path: Option<&Path>) -> Result<Option<Asset>, ThemeError> {
    let Some(path) = path else { return Ok(None) };
    let fail = |source| ThemeError { setting, path: path.to_owned(), source };
    let content = std::fs::read(path).map_err(ThemeFileError::Unreadable).map_err(fail)?;
    let logo = Logo::parse(content).map_err(ThemeFileError::Unfit).map_err(fail)?;
    Ok(Some(Asset::of_logo(stem, &logo)))
}

/// Both schemes are written out whole: what stands in the light one alone would count in the dark one too.
fn stylesheet(config: &ThemeConfig, [light, dark]: &[Palette; 2]) -> Option<Asset> {
    let mut css = String::new();
    let shape = format!("{}{}", radius(config.radius), fonts(&config.fonts));
    let is_coloured = (light, dark) != (&Palette::plain(Scheme::Light), &Palette::plain(Scheme::Dark));
    if !shape.is_empty() {
        css.push_str(&format!(":root{{{shape}}}\n"));
    }
    if is_coloured {
        let (light, dark) = (light.declarations(), dark.declarations());
        css.push_str(&format!(":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"));
    }
    (!css.is_empty()).then(|| Asset::stylesheet("theme", css))
}

fn radius(pixels: Option<u16>) -> String {
    let Some(pixels) = pixels else { return String::new() };
    let rem = f32::from(pixels) / PIXELS_PER_REM;
    format!("--radius:{rem}rem;--radius-card:{}rem;", rem * CARD_TO_PART)
}

fn fonts(families: &[String]) -> String {
    if families.is_empty() {
        return String::new();
    }
    let spelt = families.iter().map(|family| match GENERIC_FONTS.contains(&family.as_str()) {
        true => Cow::from(family),
        false => Cow::from(format!("\"{family}\"")),
    });
    // The comma joins them to the fonts of the stylesheet.
    format!("--fonts:{},;", spelt.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn css(config: &ThemeConfig) -> String {
        Theme::of(config, Language::english())
            .stylesheet
            .map(|asset| asset.body().to_owned())
            .unwrap_or_default()
    }

    #[test]
    fn without_a_theme_there_is_no_second_stylesheet() {
        let theme = Theme::plain();
        assert!(
            theme.stylesheet().is_none()
                && theme.logo().is_none()
                && theme.links(Language::english()).is_empty()
        );
        assert_eq!(theme.favicon().url(), assets::favicon().url());
        assert_eq!([theme.light_page(), theme.dark_page()], ["#f4f5f7", "#0d1015"]);
    }

    #[test]
    fn a_theme_sets_custom_properties_in_both_schemes() {
        let mut config = ThemeConfig { radius: Some(4), ..ThemeConfig::default() };
        config.light.accent = "#0b6e80".to_owned().try_into().ok();
        config.fonts = vec!["Inter".to_owned(), "ui-serif".to_owned()];
        let css = css(&config);
        for part in [
            ":root{--radius:0.25rem;--radius-card:0.4rem;--fonts:\"Inter\",ui-serif,;}",
            "--accent:#0b6e80;--on-accent:#ffffff;--link:#0b6e80;",
            "@media (prefers-color-scheme:dark){:root{--page:#0d1015;",
        ] {
            assert!(css.contains(part), "{part}\n{css}");
        }
        assert!(!css.contains("url(") && !css.contains("@import"));
    }

    #[test]
    fn a_file_that_is_no_logo_stops_the_start_with_its_setting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo.png");
        let load = || {
            Theme::load(
                &ThemeConfig { logo: Some(path.clone()), ..ThemeConfig::default() },
                Language::english(),
            )
        };
        let words = |error: ThemeError| crate::error_chain::Chain(&error).to_string();
        let missing = words(load().unwrap_err());
        assert!(missing.starts_with("theme.logo = ") && missing.contains("cannot be read"), "{missing}");
        std::fs::write(&path, "GIF89a").unwrap();
        let unfit = words(load().unwrap_err());
        assert!(unfit.contains("logo.png") && unfit.contains("not a PNG, a WebP or an SVG"), "{unfit}");
        std::fs::write(&path, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
        let theme = load().unwrap();
        let logo = theme.logo().unwrap();
        assert!(logo.url().starts_with("/assets/logo.") && logo.url().ends_with(".svg"), "{}", logo.url());
        assert!(theme.find(logo.name()).is_some());
    }
}
