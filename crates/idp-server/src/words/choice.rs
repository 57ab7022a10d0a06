//! Which language fits what a person asks for: tags in the order of the wish, matched by fluent-langneg (after RFC 4647,
//! so that `zh-TW` finds `zh-CN` where there is no closer one).

use fluent_langneg::{NegotiationStrategy, convert_vec_str_to_langids_lossy, negotiate_languages};

use super::Language;

/// The most tags looked at.
const MOST: usize = 20;

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
}
