//! In which language the site speaks: the one that the person chose on a page, which a cookie keeps, else the one that the
//! browser asks for. `POST /language` takes the choice; it works without script.

use std::{convert::Infallible, future::Ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    dev::Payload,
    http::header::LOCATION,
    web::{self, Form, ServiceConfig},
};
use resource_sdk::sign_in::preferred_language;
use serde::Deserialize;

const COOKIE: &str = "__Host-site_language";
/// As long as browsers keep a cookie (RFC 6265bis).
const KEPT_FOR: Duration = Duration::days(400);
/// The longest address that a choice leads back to, in bytes.
const LONGEST_WAY_BACK: usize = 4096;
const HOME: &str = "/";

/// A language of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Chinese,
}

impl Language {
    /// All of them; the first is for those who understand none.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its BCP 47 tag.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// Its own name for itself.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "简体中文",
        }
    }

    /// The one in which a request is answered.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let chosen = request.cookie(COOKIE).and_then(|cookie| Self::of_tag(cookie.value()));
        let accepted = || Self::of_tag(preferred_language(request, &Self::ALL.map(Self::tag))?);
        chosen.or_else(accepted).unwrap_or(Self::English)
    }

    fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }
}

impl FromRequest for Language {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self::of(request)))
    }
}

/// The route that takes a choice.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.route("/language", web::post().to(choose));
}

/// Where a page is found again after a choice.
pub(crate) fn way_back(request: &HttpRequest) -> String {
    let target = request.uri().path_and_query().map_or(HOME, |target| target.as_str());
    [target, request.uri().path()].into_iter().find(|path| is_way_back(path)).unwrap_or(HOME).to_owned()
}

#[derive(Deserialize)]
struct Choice {
    to: String,
    back: String,
}

async fn choose(request: HttpRequest, choice: Result<Form<Choice>, actix_web::Error>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    let Ok(Form(choice)) = choice else {
        return response.insert_header((LOCATION, HOME)).finish();
    };
    let back = if is_way_back(&choice.back) { choice.back.as_str() } else { HOME };
    if let Some(language) = Language::of_tag(&choice.to).filter(|_| is_own_form(&request)) {
        let cookie = Cookie::build(COOKIE, language.tag()).path("/").secure(true).http_only(true);
        response.cookie(cookie.same_site(SameSite::Lax).max_age(KEPT_FOR).finish());
    }
    response.insert_header((LOCATION, back)).finish()
}

/// Another site must not choose for the person. Fetch Metadata.
fn is_own_form(request: &HttpRequest) -> bool {
    let site = request.headers().get("sec-fetch-site");
    site.is_none_or(|site| site == "same-origin" || site == "none")
}

/// Whether a redirect to it stays on this site: a path whose second character does not make it an address.
fn is_way_back(path: &str) -> bool {
    let is_path = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    is_path && path.len() <= LONGEST_WAY_BACK && path.bytes().all(|octet| octet.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s03_a_choice_leads_to_a_page_of_this_site() {
        for path in ["/", "/members", "/members?a=b&c=//x", "/%E4%B8%AD"] {
            assert!(is_way_back(path), "{path}");
        }
        let long = format!("/{}", "a".repeat(LONGEST_WAY_BACK));
        for elsewhere in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "evil",
            "/a\r\nb: c",
            "/\t/evil",
            &long,
        ] {
            assert!(!is_way_back(elsewhere), "{elsewhere:?}");
        }
    }
}
