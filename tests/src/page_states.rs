//! Every state that a page of the provider can be in, filled with samples: the one list behind the gallery for people
//! ([`gallery`]), the stories that look at each page in Chromium, and the tests that go over all pages (`hostile_tests`,
//! `form_tests`, `language_tests`). A state is one entry in the file of its room. All that comes from outside stands in it
//! as a name of the [`Look`], as `Look::text` or as `Look::carried`: by these the tests put hostile text there.

mod account;
mod addresses;
mod admin;
mod admin_attributes;
mod admin_client;
mod admin_client_logo;
mod admin_new_people;
mod admin_operation;
mod admin_overview;
mod admin_people;
mod admin_person;
mod errors;
#[cfg(test)]
mod form_tests;
pub mod gallery;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod language_tests;
mod leaving;
mod letters;
mod links;
#[cfg(test)]
mod markup;
mod names;
mod own_data;
mod passwords;
mod registration;
mod sign_in;

use crate::appearance::Thoroughness;
use idp_core::time::UnixTime;
use idp_core::web_link::WebLink;
use idp_server::config::{LinkByLanguage, ThemeConfig};
use idp_server::page::{
    ClientLabel, ClientLinks, DeviceLine, DisplayText, FormSeal, LanguageSwitch, Layout, Mark, Page,
    PictureLink, RelativeTime, Theme, TypedText,
};
use idp_server::words::Language;
use names::Names;
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

const NOW: UnixTime = UnixTime(1_795_232_827);
/// What a page asks a browser for that has no passkey.
const ASKED: &str = r#"{"challenge":"AAAA","rpId":"login.example.com"}"#;
const REQUEST_ID: &str = "0199b2c4-7a31-7c40-9d1e-5f0a6c1b2d3e";
/// The id of each thing that a page lists.
const ID: &str = "0199b2c4-7a31-7c40-9d1e-5f0a6c1b2d40";

/// The looks of a house with everything that can be set.
static THEME: LazyLock<Arc<Theme>> = LazyLock::new(|| {
    let logo = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/demo-site/assets/books.svg");
    let mut config = ThemeConfig { logo: Some(logo.into()), radius: Some(4), ..ThemeConfig::default() };
    config.light.accent = "#0b6e80".to_owned().try_into().ok();
    config.light.page = "#f3efe6".to_owned().try_into().ok();
    config.fonts = vec!["ui-serif".to_owned()];
    config.favicon.clone_from(&config.logo);
    (config.terms, config.privacy, config.help) = (by_language(), by_language(), by_language());
    Arc::new(Theme::load(&config, Language::english()).unwrap_or_else(|error| panic!("{error:?}")))
});

fn by_language() -> Option<LinkByLanguage> {
    link().map(LinkByLanguage::from)
}

fn link() -> Option<WebLink> {
    WebLink::parse("https://a.example/page").ok()
}

/// A state that a page can be in.
pub struct PageState {
    /// What it is called in the gallery and in the names of pictures.
    pub name: &'static str,
    /// The struct that is its page, without the module.
    pub page: &'static str,
    draw: Box<dyn Fn(&Look) -> String + Send + Sync>,
}

/// The language that a page is drawn in and the names that stand in it.
pub struct Look {
    /// What it is called in the gallery and in the names of pictures.
    pub name: String,
    language: Language,
    names: Names,
    /// How much of it is looked at.
    pub thoroughness: Thoroughness,
    /// Whether the page is turned round, as in a language that is written from the right.
    is_turned: bool,
    /// What stands in place of everything from outside.
    filling: Option<Filling>,
}

/// What a test puts into every page.
#[derive(Clone, Copy)]
struct Filling {
    text: &'static str,
    carried: &'static str,
}

/// All of them.
#[must_use]
pub fn all() -> Vec<PageState> {
    let rooms = [
        sign_in::states(),
        links::states(),
        registration::states(),
        account::states(),
        passwords::states(),
        addresses::states(),
        own_data::states(),
        leaving::states(),
        letters::states(),
        errors::states(),
        admin::states(),
        admin_people::states(),
        admin_new_people::states(),
        admin_person::states(),
        admin_attributes::states(),
        admin_overview::states(),
        admin_operation::states(),
        admin_client::states(),
        admin_client_logo::states(),
    ];
    rooms.into_iter().flatten().collect()
}

/// An entry of the list.
fn state<P: Page>(name: &'static str, draw: impl Fn(&Look) -> P + Send + Sync + 'static) -> PageState {
    let draw = move |look: &Look| draw(look).render().unwrap_or_else(|cause| panic!("{name}: {cause}"));
    let page = std::any::type_name::<P>().split('<').next().unwrap_or_default();
    PageState { name, page: page.rsplit("::").next().unwrap_or_default(), draw: Box::new(draw) }
}

impl PageState {
    /// The page.
    #[must_use]
    pub fn draw(&self, look: &Look) -> String {
        let html = (self.draw)(look);
        if look.is_turned { html.replacen("dir=\"ltr\"", "dir=\"rtl\"", 1) } else { html }
    }
}

impl Look {
    /// Each language with names as they are there, and English with names that make it hard for a page.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let english = Language::english();
        let again = |thoroughness, names| Self { thoroughness, ..Self::of(english, names) };
        let mut looks: Vec<_> =
            Language::all().map(|language| Self::of(language, Names::of(language))).collect();
        let chinese = Names::of("zh-CN".parse().unwrap_or(english));
        looks.push(Self { name: "chinese-names".to_owned(), ..again(Thoroughness::Names, chinese) });
        looks.push(Self { name: "long-names".to_owned(), ..again(Thoroughness::LongNames, names::LONG) });
        looks.push(Self {
            name: "turned".to_owned(),
            is_turned: true,
            ..again(Thoroughness::Names, names::HEBREW)
        });
        looks
    }

    /// Pages with `text` wherever text from outside can be seen, and `carried` in their hidden fields and as request id.
    #[must_use]
    pub fn filled(language: Language, text: &'static str, carried: &'static str) -> Self {
        let filling = Some(Filling { text, carried });
        Self { filling, ..Self::of(language, Names::all(text)) }
    }

    fn of(language: Language, names: Names) -> Self {
        let name = language.tag().to_owned();
        Self { name, language, names, thoroughness: Thoroughness::Whole, is_turned: false, filling: None }
    }

    /// Text from outside that is the same in every look, or made of names: `usual`, unless a test puts another there.
    fn text(&self, usual: impl Into<Cow<'static, str>>) -> Cow<'static, str> {
        self.filling.map_or_else(|| usual.into(), |filling| filling.text.into())
    }

    /// What a page carries without showing it, likewise.
    fn carried(&self, usual: &'static str) -> &'static str {
        self.filling.map_or(usual, |filling| filling.carried)
    }

    fn seal(&self) -> FormSeal<'static> {
        let (tx, csrf) = (self.carried("sealed-transaction"), self.carried("form-token"));
        FormSeal { post_to: "/nowhere", tx, csrf }
    }

    fn request_id(&self) -> &'static str {
        self.carried(REQUEST_ID)
    }

    /// What a page asks a browser for.
    fn asked(&self) -> String {
        self.carried(ASKED).to_owned()
    }

    fn picture(&self) -> PictureLink {
        PictureLink::new("AAAAAAAAAAAAAAAAAAAAAA")
    }

    fn issuer(&self) -> DisplayText {
        DisplayText::name(&self.text(format!("https://{}", self.names.host)))
    }

    fn layout(&self) -> Layout {
        let others = Language::all().filter(|other| *other != self.language).collect();
        let (back, proof) = (self.carried("/nowhere").to_owned(), self.seal().csrf.to_owned());
        let switch = LanguageSwitch { others, back, proof };
        Layout::new(self.names.provider, self.language).with_switch(switch)
    }

    fn client(&self) -> ClientLabel {
        ClientLabel::new(self.names.client, Some(self.names.host))
    }

    /// The frame in the looks of a house.
    fn themed_layout(&self) -> Layout {
        self.layout().with_theme(Arc::clone(&THEME))
    }

    /// A client that has a logo and pages of its own.
    fn client_with_logo(&self) -> ClientLabel {
        let logo = THEME.logo().map(|logo| Mark::Logo(logo.url().to_owned()));
        ClientLabel { mark: logo.unwrap_or_default(), ..self.client_with_color() }
    }

    /// A client that has a colour and pages of its own.
    fn client_with_color(&self) -> ClientLabel {
        let links = ClientLinks { home: link(), policy: link(), terms: link() };
        let mark = "#e6a700".to_owned().try_into().map(Mark::Colored).unwrap_or_default();
        ClientLabel { mark, links, ..self.client() }
    }

    fn account(&self) -> DisplayText {
        DisplayText::name(self.names.account)
    }

    fn ago(&self, seconds: i64) -> RelativeTime {
        RelativeTime::new(UnixTime(NOW.0 - seconds), NOW, self.language)
    }

    fn device(&self, kind: idp_core::device::DeviceKind) -> DeviceLine {
        DeviceLine {
            kind,
            label: DisplayText::name(self.names.device),
            what: None,
            own_name: TypedText::default(),
            first_seen: Some(self.ago(90 * 24 * 60 * 60)),
            place: Some(DisplayText::name(self.names.place)),
            last_use: self.ago(320),
            since: self.ago(3 * 24 * 60 * 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/idp-server");
    const TEMPLATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web-templates");

    fn files_under(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
    }

    /// The struct behind each template, as the sources of the pages say.
    fn pages() -> Vec<(String, String)> {
        let mut found = Vec::new();
        for file in files_under(&Path::new(SERVER).join("src/page")) {
            let source = std::fs::read_to_string(file).unwrap();
            for behind in source.split("#[template(path = \"").skip(1) {
                let (template, rest) = behind.split_once('"').unwrap();
                let name = rest.split("struct ").nth(1).unwrap();
                let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
                found.push((template.to_owned(), name.to_owned()));
            }
        }
        found
    }

    #[test]
    fn every_page_has_a_state_and_every_name_is_its_own() {
        let states = all();
        let shown: BTreeSet<_> = states.iter().map(|state| state.page).collect();
        let pages = pages();
        for path in files_under(Path::new(TEMPLATES)) {
            let is_page = path.extension().is_some_and(|extension| extension == "html")
                && std::fs::read_to_string(&path).unwrap().contains("{% extends \"partial/layout.html\" %}");
            let template = path.strip_prefix(TEMPLATES).unwrap().to_str().unwrap();
            let behind = pages.iter().find(|(known, _)| known == template);
            let is_shown = behind.is_some_and(|(_, page)| shown.contains(page.as_str()));
            assert!(!is_page || is_shown, "{template} has no state in tests/src/page_states");
        }
        let names: BTreeSet<_> = states.iter().map(|state| state.name).collect();
        assert_eq!(names.len(), states.len());
    }

    #[test]
    fn whatever_comes_from_outside_can_be_hostile() {
        for file in files_under(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page_states")) {
            let source = std::fs::read_to_string(&file).unwrap();
            for fixed in ["DisplayText::name", "DisplayText::reason", "TypedText::new", "TypedText::lines"] {
                let is_fixed = source.contains(&format!("{fixed}(\""));
                assert!(!is_fixed, "{}: {fixed} of a text that no test can replace", file.display());
            }
        }
    }

    #[test]
    fn every_state_is_another_page() {
        for look in Look::all() {
            let drawn: BTreeSet<_> = all().iter().map(|state| state.draw(&look)).collect();
            assert_eq!(drawn.len(), all().len(), "{}", look.name);
        }
    }
}
