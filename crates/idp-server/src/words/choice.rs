//! Which language fits what somebody asks for: tags in the order of the wish, matched by fluent-langneg (after RFC 4647,
//! so that `zh-TW` finds `zh-CN` where there is no closer one), and the header in which a browser says them.

use fluent_langneg::{NegotiationStrategy, convert_vec_str_to_langids_lossy, negotiate_languages};

use super::Language;

/// The most tags looked at.
const MOST: usize = 20;
/// The longest header read, in bytes; browsers send a tenth of it.
const MAX_HEADER_BYTES: usize = 1024;

impl Language {
    /// The one of `offered` that fits the first of `wanted` that any fits. What is no language tag fits none.
    #[must_use]
    pub fn fitting<'t>(wanted: impl IntoIterator<Item = &'t str>, offered: &[Self]) -> Option<Self> {
        let wanted = wanted.into_iter().take(MOST).map(without_extensions);
        let wanted = convert_vec_str_to_langids_lossy(wanted);
        let tags = convert_vec_str_to_langids_lossy(offered.iter().map(|language| language.tag()));
        let found = negotiate_languages(&wanted, &tags, None, NegotiationStrategy::Lookup);
        let at = tags.iter().position(|tag| found.first() == Some(&tag))?;
        offered.get(at).copied()
    }
}

/// A tag up to its first singleton (RFC 5646 2.2.6): what a calendar or a private use says is nothing to us.
fn without_extensions(tag: &str) -> &str {
    let singleton = tag.match_indices('-').find(|(at, _)| tag.as_bytes().get(at + 2) == Some(&b'-'));
    singleton.and_then(|(at, _)| tag.get(..at)).unwrap_or(tag)
}

/// The tags of an `Accept-Language` header, those of the greatest weight first (RFC 9110 12.5.4). A weight of zero is a
/// refusal; what cannot be read is passed over.
#[must_use]
pub fn accepted(header: &str) -> Vec<&str> {
    if header.len() > MAX_HEADER_BYTES {
        return Vec::new();
    }
    let mut ranges: Vec<(u16, &str)> = header.split(',').filter_map(range).collect();
    // Stable: of equal weight, the first comes first.
    ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    ranges.into_iter().map(|(_, tag)| tag).collect()
}

fn range(text: &str) -> Option<(u16, &str)> {
    let (tag, parameters) = text.split_once(';').unwrap_or((text, ""));
    let weight = match parameters.trim() {
        "" => 1000,
        parameter => thousandths(parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?)?,
    };
    (weight > 0).then_some((weight, tag.trim()))
}

/// A weight such as `0.8` (RFC 9110 12.4.2) in thousandths.
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
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fitting(wanted: &[&str]) -> Option<&'static str> {
        let offered = ["en", "zh-CN"].map(|tag| tag.parse().unwrap());
        Language::fitting(wanted.iter().copied(), &offered).map(Language::tag)
    }

    #[test]
    fn the_first_wish_that_can_be_met_is_met() {
        for (wanted, found) in [
            (&["en"][..], Some("en")),
            (&["en-GB"], Some("en")),
            (&["zh-CN"], Some("zh-CN")),
            (&["ZH-cn"], Some("zh-CN")),
            (&["zh"], Some("zh-CN")),
            (&["zh-Hans"], Some("zh-CN")),
            (&["zh-Hans-CN"], Some("zh-CN")),
            (&["zh-SG"], Some("zh-CN")),
            (&["zh-TW"], Some("zh-CN")),
            (&["zh-Hant-HK"], Some("zh-CN")),
            (&["zh-CN-u-ca-chinese"], Some("zh-CN")),
            (&["en-x-private"], Some("en")),
            (&["fr", "de-CH", "zh"], Some("zh-CN")),
            (&["fr"], None),
            (&["se"], None),
            (&[], None),
        ] {
            assert_eq!(fitting(wanted), found, "{wanted:?}");
        }
    }

    #[test]
    fn s94_what_is_no_tag_fits_no_language() {
        for hostile in
            ["", "*", "-", "--", "x", "en\r\nSet-Cookie: a=b", "<script>", "../../etc", "e\u{301}n", "und"]
        {
            assert_eq!(fitting(&[hostile]), None, "{hostile:?}");
            assert_eq!(fitting(&[hostile, "zh"]), Some("zh-CN"), "{hostile:?}");
        }
        assert_eq!(fitting(&vec!["fr"; 100_000]), None);
    }

    #[test]
    fn a_browser_weighs_its_languages() {
        for (header, tags) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", &["zh-CN", "zh", "en"][..]),
            ("en;q=0.5, zh-CN", &["zh-CN", "en"]),
            ("de;q=0.1, fr;q=0.12, en;q=1.000", &["en", "fr", "de"]),
            ("en;q=0, zh", &["zh"]),
            ("a;q=0.5,b;q=0.5", &["a", "b"]),
            ("en;q=2, fr;q=x, de;level=1, es;q=0.1234, it;q=, zh;Q=0.3", &["zh"]),
        ] {
            assert_eq!(accepted(header), tags, "{header}");
        }
        assert_eq!(accepted(&"en,".repeat(1000)), Vec::<&str>::new());
    }
}
