//! What people, and the programs that help them, find in the forms of the pages (docs/accessibility.md).

use super::markup::{FRIENDLY, attributes, every_page, every_state, tags};
use super::{Look, PageState, all, own_data};
use idp_server::words::Language;

/// Each of `states` with its name, in English.
fn shown(states: Vec<PageState>) -> Vec<(&'static str, String)> {
    let look = Look::filled(Language::english(), FRIENDLY, FRIENDLY);
    states.iter().map(|state| (state.name, state.draw(&look))).collect()
}

/// The states of the page behind that struct.
fn states_of(page: &str) -> Vec<(&'static str, String)> {
    let states: Vec<_> = all().into_iter().filter(|state| state.page == page).collect();
    assert!(!states.is_empty(), "{page}");
    shown(states)
}

#[test]
fn ids_that_scripted_browsers_rely_on_are_there() {
    let expected: &[(&str, &[&str])] = &[
        ("login", &["username", "password", "login-submit"]),
        ("login-wrong", &["username", "password", "login-submit", "problem"]),
        ("login-confirm", &["username", "password", "login-submit", "login-switch"]),
        ("consent", &["consent-allow", "consent-deny"]),
        ("logout", &["logout-confirm"]),
        ("signed-in-elsewhere", &["elsewhere-continue", "elsewhere-cancel"]),
        ("devices-receipt", &["devices-others", "devices-all", "receipt"]),
        ("devices-alone", &["devices-all", "devices-back"]),
        ("activity", &["activity", "activity-older", "activity-back"]),
        ("activity-older", &["activity", "activity-newest", "activity-back"]),
        ("secure", &["secure-submit", "secure-password", "secure-methods"]),
        ("secure-done", &["receipt", "secure-password"]),
        ("sites", &["sites-back"]),
        ("form-post", &["form-post-continue"]),
    ];
    let pages = every_page(FRIENDLY);
    for (name, ids) in expected {
        let mut shown = pages.iter().filter(|(known, _)| known == name).peekable();
        assert!(shown.peek().is_some(), "{name}");
        for (_, page) in shown {
            for id in *ids {
                assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{name}: {id}");
            }
        }
    }
}

#[test]
fn every_description_points_at_an_element_of_its_page() {
    let mut seen = 0;
    for (name, page) in Look::all().iter().flat_map(every_state) {
        let attributes = tags(&page).into_iter().flat_map(attributes);
        for (_, ids) in attributes.filter(|(name, _)| *name == "aria-describedby") {
            for id in ids.split(' ') {
                assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{name}: {id}");
                seen += 1;
            }
        }
    }
    assert!(seen > 0);
}

#[test]
fn a_problem_with_a_sign_in_is_said_and_one_element_has_the_focus() {
    let harmless = [
        "login",
        "login-alone",
        "login-to-a-site-with-a-logo",
        "login-hint",
        "login-without-passkeys",
        "login-confirm",
        "login-with-registration",
        "login-without-reset",
        "login-password-set",
        "login-kicked",
        "login-password-changed",
    ];
    let at_fault = [
        "login-missing-username",
        "login-missing-password",
        "login-missing-both",
        "login-wrong",
        "login-confirm-wrong",
        "login-themed",
    ];
    for (name, page) in states_of("LoginPage") {
        assert_eq!(page.matches(" autofocus").count(), 1, "{name}");
        assert_eq!(page.contains(" aria-describedby="), at_fault.contains(&name), "{name}");
        assert_eq!(page.contains("role=\"alert\""), !harmless.contains(&name), "{name}");
    }
}

#[test]
fn an_unknown_account_reads_like_a_wrong_password() {
    for (name, page) in states_of("LoginPage").into_iter().filter(|(name, _)| name.ends_with("wrong")) {
        for telling in ["unknown", "not exist", "no account", "not found", "incorrect password"] {
            assert!(!page.to_lowercase().contains(telling), "{name}: {telling}");
        }
    }
}

#[test]
fn a_problem_with_a_password_is_said_on_top_and_beside_its_field() {
    for (name, page) in states_of("PasswordPage") {
        let is_problem = name != "password" && !name.starts_with("password-changed");
        assert_eq!(page.contains("role=\"alert\""), is_problem, "{name}");
        let waits = ["password-throttled", "password-busy"].contains(&name);
        assert_eq!(page.contains("aria-invalid"), is_problem && !waits, "{name}");
        assert_eq!(page.matches(" autofocus").count(), 1, "{name}");
    }
}

#[test]
fn a_problem_with_ones_own_data_is_said_beside_its_field_and_has_the_focus() {
    let of_no_field = ["profile-stale", "delete-last-administrator"];
    for (name, page) in shown(own_data::states()) {
        let is_problem = [
            "unfit",
            "stale",
            "missing",
            "unreadable",
            "too-large",
            "busy",
            "throttled",
            "unticked",
            "last-administrator",
        ]
        .iter()
        .any(|word| name.ends_with(word));
        assert_eq!(page.contains("role=\"alert\""), is_problem, "{name}");
        assert_eq!(page.contains("aria-invalid"), is_problem && !of_no_field.contains(&name), "{name}");
        assert!(page.matches(" autofocus").count() <= 1, "{name}");
        assert_eq!(page.contains(" autofocus"), is_problem || page.contains("id=\"receipt\""), "{name}");
    }
}

/// 1.3.5 and 3.3.8: a password manager fills every field, and nothing keeps people from pasting.
#[test]
fn every_field_says_what_it_is_for_and_takes_what_is_pasted() {
    for (name, page) in every_page(FRIENDLY) {
        for tag in tags(&page).into_iter().filter(|tag| tag.starts_with("input")) {
            let attributes = attributes(tag);
            let value =
                |wanted: &str| attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
            // To these the attribute does not apply (HTML Living Standard 4.10.5).
            if matches!(value("type"), Some("hidden" | "checkbox" | "radio" | "file")) {
                continue;
            }
            let purpose = value("autocomplete").unwrap_or_else(|| panic!("{name}: {tag}"));
            let is_secret = value("type") == Some("password");
            assert!(!is_secret || purpose.ends_with("-password"), "{name}: {tag}");
            assert!(value("onpaste").is_none(), "{name}: {tag}");
        }
    }
}
