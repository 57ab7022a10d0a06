//! Which of the languages that a site has fits the wishes of a browser. RFC 9110 section 12.5.4; RFC 4647 section 3.4.

use super::MAX_TAG_BYTES;

/// The longest header read, in bytes; browsers send a tenth of it.
const MAX_HEADER_BYTES: usize = 1024;
/// The most wishes looked at.
const MOST: usize = 20;

/// The one of `offered` (BCP 47 tags) that an `Accept-Language` header asks for before the others, if any fits. A tag fits
/// itself, the shorter tag that it begins with, and, failing that, another of its language: `zh-TW` finds `zh-CN` where there is
/// nothing closer.
#[must_use]
pub fn preferred_language<'o>(accept_language: &str, offered: &[&'o str]) -> Option<&'o str> {
    wishes(accept_language).into_iter().take(MOST).find_map(|wish| fitting(wish, offered))
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

/// The tags of a header, those of the greatest weight first. A weight of zero is a refusal; what cannot be read is passed over.
fn wishes(header: &str) -> Vec<&str> {
    if header.len() > MAX_HEADER_BYTES {
        return Vec::new();
    }
    let mut wishes: Vec<(u16, &str)> = header.split(',').filter_map(wish).collect();
    // Stable: of equal weight, the first comes first.
    wishes.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    wishes.into_iter().map(|(_, tag)| tag).collect()
}

fn wish(text: &str) -> Option<(u16, &str)> {
    let (tag, parameter) = text.split_once(';').unwrap_or((text, "q=1"));
    let weight = parameter.trim();
    let weight = thousandths(weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?)?;
    (weight > 0).then_some((weight, tag.trim()))
}

/// A weight such as `0.8` (RFC 9110 section 12.4.2) in thousandths.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, rest) = weight.split_once('.').unwrap_or((weight, ""));
    let is_digits = rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let rest: u16 = format!("{rest:0<3}").parse().ok().filter(|_| is_digits)?;
    match (whole, rest) {
        ("0", rest) => Some(rest),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERED: [&str; 2] = ["en", "zh-CN"];

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
            assert_eq!(preferred_language(header, &OFFERED), found, "{header}");
        }
    }

    #[test]
    fn the_closest_language_comes_before_another_of_its_kind() {
        let offered = ["zh-CN", "zh-TW", "zh"];
        for (wish, found) in [("zh-TW", "zh-TW"), ("zh-Hant-HK", "zh"), ("zh-cn", "zh-CN")] {
            assert_eq!(preferred_language(wish, &offered), Some(found), "{wish}");
        }
    }

    #[test]
    fn s94_what_is_no_tag_fits_no_language() {
        for hostile in
            ["-", "--", "x", "<script>", "../../etc", "e\u{301}n", "en\r\nSet-Cookie: a=b", "\u{4e2d}"]
        {
            assert_eq!(preferred_language(hostile, &OFFERED), None, "{hostile:?}");
            assert_eq!(preferred_language(&format!("{hostile},zh"), &OFFERED), Some("zh-CN"), "{hostile:?}");
        }
        assert_eq!(preferred_language(&"zh,".repeat(1000), &OFFERED), None);
        assert_eq!(preferred_language(&"fr,".repeat(300), &OFFERED), None);
        assert_eq!(preferred_language(&format!("en-{}", "a-".repeat(200)), &OFFERED), None);
    }
}
