//! In which language a request is answered, and how its pages are drawn: what the site says of a request comes first, then
//! what the browser accepts, then the site's first language. RFC 9110 section 12.5; OpenID Connect Core section 3.1.2.1 (`ui_locales`).

use std::{fmt, sync::Arc};

use actix_web::HttpRequest;

use super::page::Page;
use crate::sign_in::words::{Words, fitting, is_tag, preferred_language};

type Chosen = dyn Fn(&HttpRequest) -> Option<String> + Send + Sync;
type Draw = dyn Fn(&Page<'_>) -> String + Send + Sync;

/// What a site set about its pages.
#[derive(Clone)]
pub(crate) struct Pages {
    words: Vec<Words>,
    chosen: Option<Arc<Chosen>>,
    draw: Option<Arc<Draw>>,
}

impl Default for Pages {
    fn default() -> Self {
        Self { words: Words::built_in(), chosen: None, draw: None }
    }
}

impl Pages {
    /// Adds a language, or replaces the one of the same tag.
    pub(crate) fn add(&mut self, words: Words) {
        match self.words.iter_mut().find(|known| known.tag.eq_ignore_ascii_case(words.tag)) {
            Some(known) => *known = words,
            None => self.words.push(words),
        }
    }

    pub(crate) fn choose_by(
        &mut self,
        chosen: impl Fn(&HttpRequest) -> Option<String> + Send + Sync + 'static,
    ) {
        self.chosen = Some(Arc::new(chosen));
    }

    pub(crate) fn draw_by(&mut self, draw: impl Fn(&Page<'_>) -> String + Send + Sync + 'static) {
        self.draw = Some(Arc::new(draw));
    }

    /// The tag of a language of which no page can be made.
    pub(crate) fn incomplete(&self) -> Option<&'static str> {
        self.words.iter().find(|words| !words.is_complete()).map(|words| words.tag)
    }

    /// How a request is answered.
    pub(crate) fn locale(self: &Arc<Self>, request: &HttpRequest) -> Locale {
        let chosen = self.chosen.as_ref().and_then(|chosen| chosen(request)).filter(|tag| is_tag(tag));
        let tags: Vec<&str> = self.words.iter().map(|words| words.tag).collect();
        let found = chosen.as_deref().and_then(|tag| fitting(tag, &tags));
        let found = found.or_else(|| preferred_language(request, &tags));
        let at = tags.iter().position(|tag| found == Some(*tag)).unwrap_or_default();
        Locale { pages: Arc::clone(self), at, chosen }
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.words.iter().map(|words| words.tag)).finish()
    }
}

/// The language in which a request is answered.
#[derive(Clone)]
pub struct Locale {
    pages: Arc<Pages>,
    at: usize,
    chosen: Option<String>,
}

impl Locale {
    /// The one of a request to a site that mounted nothing.
    pub(crate) fn without_site(request: &HttpRequest) -> Self {
        Arc::<Pages>::default().locale(request)
    }

    pub(crate) fn words(&self) -> &Words {
        self.pages.words.get(self.at).unwrap_or(&Words::ENGLISH)
    }

    /// The language that the site showed the person, for the provider's pages. What the browser accepts, it says there itself.
    pub(crate) fn ui_locales(&self) -> Option<&str> {
        self.chosen.as_deref()
    }

    /// What a page's language depends on, for `Vary`.
    pub(crate) fn vary(&self) -> &'static str {
        if self.pages.chosen.is_some() { "Accept-Language, Cookie" } else { "Accept-Language" }
    }

    /// The page as the site draws it, if it does.
    pub(crate) fn draw(&self, page: &Page<'_>) -> Option<String> {
        self.pages.draw.as_ref().map(|draw| draw(page))
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().tag)
    }
}
