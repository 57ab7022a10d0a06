//! Which of the languages that a site has fits the wishes of a browser. RFC 9110 section 12.5.4; RFC 4647 section 3.4.

use actix_web::{
    HttpRequest,
    http::header::{AcceptLanguage, Header, Preference, Quality},
};

use super::MAX_TAG_BYTES;

/// The most wishes looked at.
const MOST: usize = 20;

/// The one of `offered` (BCP 47 tags) that the `Accept-Language` of a request asks for before the others, if any fits. A tag
/// fits itself, the shorter tag that it begins with, and, failing that, another of its language: `zh-TW` finds `zh-CN` where
/// there is nothing closer.
#[must_use]
pub fn preferred_language<'o>(request: &HttpRequest, offered: &[&'o str]) -> Option<&'o str> {
    let mut accepted = AcceptLanguage::parse(request).ok()?;
    // A weight of zero is a refusal.
    accepted.retain(|wish| wish.quality > Quality::ZERO);
    let wishes = accepted.ranked().into_iter().filter_map(Preference::into_item);
    wishes.take(MOST).find_map(|wish| fitting(wish.as_str(), offered))
}

/// The one of `offered` that fits this tag.
pub(crate) fn fitting<'o>(wish: &str, offered: &[&'o str]) -> Option<&'o str> {
    if wish.len() > 2 * MAX_TAG_BYTES {
        return None;
    }
    let find = |wanted: &str| offered.iter().find(|tag| tag.eq_ignore_ascii_case(wanted)).copied();
    let shorter = std::iter::successors(Some(wish), |tag| tag.rsplit_once('-').map(|(shorter, _)| shorter));
    let mut closer = shorter.filter_map(find);
    closer
        .next()
        .or_else(|| offered.iter().find(|tag| language(tag).eq_ignore_ascii_case(language(wish))).copied())
}

/// A tag without script, region and the rest.
fn language(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{http::header::ACCEPT_LANGUAGE, test::TestRequest};

    const OFFERED: [&str; 2] = ["en", "zh-CN"];

    fn preferred<'o>(header: &str, offered: &[&'o str]) -> Option<&'o str> {
        let request = TestRequest::get().insert_header((ACCEPT_LANGUAGE, header.as_bytes()));
        preferred_language(&request.to_http_request(), offered)
    }

    #[test]
    fn the_first_wish_that_can_be_met_is_met() {
        for (header, found) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Some("zh-CN")),
            ("en;q=0.5, zh-CN", Some("zh-CN")),
            ("zh;q=0.3,en-GB;q=0.8", Some("en")),
            ("ZH-cn", Some("zh-CN")),
            ("zh", Some("zh-CN")),
            ("zh-Hans-SG", Some("zh-CN")),
            ("zh-TW", Some("zh-CN")),
            ("zh-CN-u-ca-chinese", Some("zh-CN")),
            ("en-GB-oxendict", Some("en")),
            ("fr-FR, de;q=0.9, zh;q=0.1", Some("zh-CN")),
            ("zh;q=0, en;q=0.1", Some("en")),
            ("en;q=2, en;q=x, en;level=1, zh;Q=0.3", Some("zh-CN")),
            ("fr", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(preferred(header, &OFFERED), found, "{header}");
        }
    }

    #[test]
    fn the_closest_language_comes_before_another_of_its_kind() {
        let offered = ["zh-CN", "zh-TW", "zh"];
        for (wish, found) in [("zh-TW", "zh-TW"), ("zh-Hant-HK", "zh"), ("zh-cn", "zh-CN")] {
            assert_eq!(preferred(wish, &offered), Some(found), "{wish}");
        }
    }

    #[test]
    fn s94_what_is_no_tag_fits_no_language() {
        for hostile in ["-", "--", "x", "<script>", "../../etc", "en us", "en;q=0;q", "\"en"] {
            assert_eq!(preferred(hostile, &OFFERED), None, "{hostile:?}");
            assert_eq!(preferred(&format!("{hostile},zh"), &OFFERED), Some("zh-CN"), "{hostile:?}");
        }
        for unreadable in ["e\u{301}n", "\u{4e2d},zh"] {
            assert_eq!(preferred(unreadable, &OFFERED), None, "{unreadable:?}");
        }
        assert_eq!(preferred(&"fr,".repeat(300), &OFFERED), None);
        assert_eq!(preferred(&format!("en-{}", "a-".repeat(200)), &OFFERED), None);
    }
}
