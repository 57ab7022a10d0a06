//! `ui_locales` (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 2): the languages that a client asks the pages to be in.
//! A wish and no more: what is not a language tag is passed over, and no request is refused for it.

/// The most tags read.
const MOST: usize = 10;
/// The longest tag read, in bytes: what RFC 5646 4.4.1 says is enough for any.
const LONGEST: usize = 35;

/// The tags of a value of the parameter, the most wanted first.
#[must_use]
pub fn ui_locales(text: &str) -> Vec<String> {
    text.split(' ').filter(|tag| is_tag(tag)).take(MOST).map(str::to_owned).collect()
}

/// The form of a tag: subtags of letters and digits (RFC 5646 2.1).
fn is_tag(tag: &str) -> bool {
    let is_subtag =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    tag.len() <= LONGEST && tag.split('-').all(is_subtag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_kept_in_the_order_of_the_wish() {
        assert_eq!(ui_locales("fr-CA fr en"), ["fr-CA", "fr", "en"]);
        assert_eq!(ui_locales("zh-Hans-CN"), ["zh-Hans-CN"]);
        assert_eq!(ui_locales(""), Vec::<String>::new());
    }

    #[test]
    fn s94_what_is_no_tag_is_passed_over_and_there_is_an_end_to_it() {
        let long = format!("en-{}", "abcdefgh-".repeat(9));
        for hostile in ["<script>", "en--US", "-", "../etc", "en_US", "e\u{301}", "\"", &long, "{{7*7}}"] {
            assert_eq!(ui_locales(&format!("{hostile} de")), ["de"], "{hostile}");
        }
        assert_eq!(ui_locales(&"en ".repeat(5000)).len(), MOST);
    }
}
