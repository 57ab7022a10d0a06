//! The sentences of each language: all there, none left in another.

use super::{Words, is_tag};

/// Every sentence with the name of its field, so that a new field without one here does not compile.
fn sentences(words: &Words) -> Vec<(&'static str, &'static str)> {
    let Words {
        tag: _,
        direction: _,
        try_again,
        to_site,
        to_page,
        sign_in,
        sign_in_after_all,
        sign_out,
        to_sign_out,
        confirm,
        go_on,
        no_cookies,
        confirm_sign_out,
        moving_on,
        cancelled,
        failed,
        provider_away,
        try_again_later,
        forbidden,
        not_a_navigation,
        internal_error,
        confirm_first,
        not_confirmed,
        too_weak,
        too_old,
        send_form,
        form_sent,
        form_gone,
        form_of_another,
        form_too_long,
    } = words;
    let labels = [
        ("try_again", try_again),
        ("to_site", to_site),
        ("to_page", to_page),
        ("sign_in", sign_in),
        ("sign_in_after_all", sign_in_after_all),
        ("sign_out", sign_out),
        ("to_sign_out", to_sign_out),
        ("confirm", confirm),
        ("go_on", go_on),
    ];
    let pages = [
        ("no_cookies", no_cookies),
        ("confirm_sign_out", confirm_sign_out),
        ("moving_on", moving_on),
        ("cancelled", cancelled),
        ("failed", failed),
        ("provider_away", provider_away),
        ("try_again_later", try_again_later),
        ("forbidden", forbidden),
        ("not_a_navigation", not_a_navigation),
        ("internal_error", internal_error),
        ("confirm_first", confirm_first),
        ("not_confirmed", not_confirmed),
        ("too_weak", too_weak),
        ("too_old", too_old),
        ("send_form", send_form),
        ("form_sent", form_sent),
        ("form_gone", form_gone),
        ("form_of_another", form_of_another),
        ("form_too_long", form_too_long),
    ];
    let labels = labels.into_iter().map(|(name, label)| (name, *label));
    labels.chain(pages.into_iter().flat_map(|(name, page)| [(name, page.title), (name, page.text)])).collect()
}

#[test]
fn every_language_says_everything_in_its_own_words() {
    let english = sentences(&Words::ENGLISH);
    for words in Words::built_in() {
        assert!(words.is_complete(), "{}", words.tag);
        for ((name, said), (_, english)) in sentences(&words).into_iter().zip(&english) {
            assert!(!said.trim().is_empty(), "{} {name}", words.tag);
            assert_eq!(said.matches('{').count(), english.matches('{').count(), "{} {name}", words.tag);
            let is_translated = words.tag == "en" || said != *english;
            assert!(is_translated, "{} {name} is still in English: {said}", words.tag);
        }
    }
}

#[test]
fn chinese_is_written_with_chinese_marks() {
    for (name, said) in sentences(&Words::CHINESE) {
        assert!(!said.contains([',', '.', '?', '!', ':', ';', '(', '"']), "{name}: {said}");
        assert!(said.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{name}: {said}");
    }
}

#[test]
fn s94_a_tag_is_letters_and_digits() {
    for tag in ["en", "zh-CN", "zh-Hans-CN", "de-1996"] {
        assert!(is_tag(tag), "{tag}");
    }
    for wrong in
        ["", "-", "en-", "en us", "en\"", "en\r\n", "\u{4e2d}\u{6587}", "waytoolongone", &"a-".repeat(40)]
    {
        assert!(!is_tag(wrong), "{wrong:?}");
    }
}
