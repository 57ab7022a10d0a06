//! Every page with hostile, empty and very long values: the structure stays that of the harmless
//! page, nothing is hidden or reordered, nothing is fetched from elsewhere, and it stays light.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::path::Path;

use super::own_data_samples_for_tests::own;
use super::samples_for_tests::{
    Sample, client, every_page, every_page_carrying, login, logins, passwords, seal,
};
use super::*;
use crate::words::Language;

const FRIENDLY: &str = "Marker";

const HOSTILE: &[&str] = &[
    "\"><svg onload=alert(1)>",
    "'><script>alert(1)</script>",
    "</title></textarea></style><img src=x onerror=alert(1)>",
    "{{7*7}} {% include \"/etc/passwd\" %} ${7*7} {client}",
    "safe\u{202E}gnp.exe\u{2066}\u{2069}\u{200F}\u{61C}",
    "javascript:alert(document.domain)",
    "data:text/html,<script>alert(1)</script>",
    "&lt;script&gt; &#x3C;script&#x3E; &amp;",
    "line\r\nbreak\u{0}\u{2028}\u{85}\u{1b}[31m",
    "` onmouseover=alert(1) `",
    "https://evil.example/\"onclick=\"alert(1)",
];

/// Each tag as `name attribute="value"...`, in order. The engine escapes `<` and `>` in values, so
/// that a bare one can only be a tag's own.
pub(super) fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split_once('>').unwrap().0).collect()
}

/// The attributes of one tag as name and value.
pub(super) fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = tag.split_once(char::is_whitespace).map_or("", |(_, rest)| rest).trim();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        let (value, tail) = match tail.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').unwrap(),
            None => ("", tail),
        };
        found.push((name, value));
        rest = tail.trim_start();
    }
    found
}

/// Tag and attribute names without values.
fn skeleton(html: &str) -> Vec<String> {
    let name = |tag: &str| tag.split(char::is_whitespace).next().unwrap().to_owned();
    let names = |tag: &str| attributes(tag).into_iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    tags(html).into_iter().map(|tag| format!("{} {}", name(tag), names(tag).join(" "))).collect()
}

#[test]
fn s66_s67_hostile_text_changes_no_page() {
    for hostile in HOSTILE {
        for ((name, harmless), (_, page)) in every_page(FRIENDLY).into_iter().zip(every_page(hostile)) {
            assert_eq!(skeleton(&harmless), skeleton(&page), "{name} with {hostile:?}");
        }
    }
}

#[test]
fn s66_hostile_text_is_never_an_address() {
    for hostile in HOSTILE {
        for (name, page) in every_page(hostile) {
            for tag in tags(&page) {
                for (attribute, value) in attributes(tag) {
                    let address = matches!(attribute, "href" | "src" | "action" | "formaction");
                    let ours = value.starts_with('/') && !value.starts_with("//");
                    let known = value.starts_with("https://a.example/");
                    assert!(!address || ours || known, "{name}: {tag}");
                }
            }
        }
    }
}

#[test]
fn s66_no_page_shows_a_control_or_bidirectional_character() {
    for hostile in HOSTILE {
        for (name, page) in every_page_carrying(hostile, "token") {
            let found = page.chars().find(|c| {
                (c.is_control() && *c != '\n')
                    || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200F}')
            });
            assert_eq!(found, None, "{name} with {hostile:?}");
        }
    }
}

#[test]
fn s66_every_name_in_a_page_is_isolated() {
    for (name, page) in every_page(FRIENDLY) {
        let body = page.split_once("<body>").unwrap().1;
        for (at, _) in body.match_indices(FRIENDLY) {
            let before = &body[..at];
            let in_a_tag = before.rfind('<') > before.rfind('>');
            let isolated = before.ends_with("<bdi>") || before.ends_with("<code>");
            let typed = before.rfind("<textarea") > before.rfind("</textarea");
            assert!(in_a_tag || isolated || typed, "{name}: …{}", &before[before.len().saturating_sub(40)..]);
        }
    }
}

#[test]
fn s66_no_template_switches_escaping_off() {
    let mut seen = 0;
    for path in files_under(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web-templates"))) {
        if path.extension().is_none_or(|extension| extension != "html") {
            continue;
        }
        let template: String = std::fs::read_to_string(&path).unwrap().split_whitespace().collect();
        for escape_hatch in ["|safe", "|escape(", "|e(", "{%filter", "{%raw"] {
            assert!(!template.contains(escape_hatch), "{} has {escape_hatch}", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} templates found");
}

fn files_under(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}

#[test]
fn s65_no_page_needs_an_inline_script_or_style() {
    for (name, page) in every_page(FRIENDLY) {
        assert!(!page.contains("<style"), "{name}");
        for tag in tags(&page) {
            let attributes = attributes(tag);
            let inline = attributes.iter().any(|(name, _)| *name == "style" || name.starts_with("on"));
            assert!(!inline, "{name}: {tag}");
            if tag.starts_with("script") {
                assert!(page.contains(&format!("<{tag}></script>")), "{name}: {tag}");
                assert!(attributes.iter().any(|(name, _)| *name == "src"), "{name}: {tag}");
                assert!(!attributes.contains(&("type", "module")), "{name}: {tag}");
            }
        }
    }
}

#[test]
fn no_page_fetches_anything_from_elsewhere() {
    for (name, page) in every_page(FRIENDLY) {
        for tag in tags(&page).into_iter().filter(|tag| !tag.starts_with("a ")) {
            for (attribute, value) in attributes(tag) {
                let fetches = matches!(attribute, "src" | "srcset" | "href" | "data" | "poster");
                assert!(
                    !fetches
                        || assets::find(value.trim_start_matches("/assets/")).is_some()
                        || value.starts_with("/picture/"),
                    "{name}: {tag}"
                );
            }
        }
    }
}

#[test]
fn ids_that_scripted_browsers_rely_on_are_there() {
    let expected: &[(&str, &[&str])] = &[
        ("login", &["username", "password", "login-submit"]),
        ("login wrong", &["username", "password", "login-submit", "problem"]),
        ("login confirm", &["username", "password", "login-submit", "login-switch"]),
        ("consent", &["consent-allow", "consent-deny"]),
        ("logout", &["logout-confirm"]),
        ("signed in elsewhere", &["elsewhere-continue", "elsewhere-cancel"]),
        ("devices", &["devices-others", "devices-all", "receipt"]),
        ("devices alone", &["devices-all", "devices-back"]),
        ("activity", &["activity", "activity-older", "activity-newest", "activity-back"]),
        ("secure", &["secure-submit", "secure-password", "secure-methods"]),
        ("secure done", &["receipt", "secure-password"]),
        ("sites", &["sites-back"]),
        ("form post", &["form-post-continue"]),
    ];
    let pages = every_page(FRIENDLY);
    for (name, ids) in expected {
        let (_, page) = pages.iter().find(|(known, _)| known == name).unwrap();
        for id in *ids {
            assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{name}: {id}");
        }
    }
}

#[test]
fn every_description_points_at_an_element_and_one_element_has_the_focus() {
    for (name, page) in logins(Sample::english(FRIENDLY)) {
        assert_eq!(page.matches(" autofocus").count(), 1, "{name}");
        let described =
            tags(&page).into_iter().flat_map(attributes).filter(|(name, _)| *name == "aria-describedby");
        let described: Vec<_> = described.collect();
        for (_, id) in &described {
            assert!(page.contains(&format!(" id=\"{id}\"")), "{name}: {id}");
        }
        let field_at_fault = name.contains("missing") || name.contains("wrong");
        assert_eq!(field_at_fault, !described.is_empty(), "{name}");
        assert_eq!(name.contains(' ') && name != "login confirm", page.contains("role=\"alert\""), "{name}");
    }
}

#[test]
fn an_error_page_names_the_parameter_at_fault_and_the_request() {
    let page = ErrorPage {
        layout: Layout::new("Accounts", Language::english()),
        error: PageError::Request {
            code: "invalid_request",
            parameter: Some(DisplayText::name("redirect_uri")),
            reason: DisplayText::reason("redirect_uri is not registered for this client"),
        },
        request_id: "0199b2c4",
    };
    let html = page.render().unwrap();
    for text in
        ["invalid_request", "<bdi>redirect_uri</bdi>", "is not registered for this client", "0199b2c4"]
    {
        assert!(html.contains(text), "{text}");
    }
}

#[test]
fn an_unknown_account_reads_like_a_wrong_password() {
    let page = login(Sample::english(FRIENDLY), Some(LoginError::WrongCredentials), false);
    for telling in ["unknown", "not exist", "no account", "not found", "incorrect password"] {
        assert!(!page.to_lowercase().contains(telling), "{telling}");
    }
}

#[test]
fn no_placeholder_is_left_in_any_sentence() {
    for (name, page) in every_page(FRIENDLY) {
        assert!(!page.contains(['{', '}']), "{name}");
    }
}

#[test]
fn empty_values_leave_a_page_that_still_works() {
    for (name, page) in every_page("") {
        assert!(page.contains("<h1 id=\"heading\">"), "{name}");
        assert!(!page.contains("aria-describedby=\"\""), "{name}");
    }
}

#[test]
fn the_script_beside_a_new_password_is_small_and_sends_nothing() {
    let script = assets::strength_script().body();
    assert!(script.len() <= 2048, "{} bytes", script.len());
    asks_nobody(script);
}

#[test]
fn the_script_that_solves_a_puzzle_is_small_and_asks_nobody() {
    let script = assets::work_script().body();
    assert!(script.len() <= 4096, "{} bytes", script.len());
    asks_nobody(script);
}

#[track_caller]
fn asks_nobody(script: &str) {
    for way_out in ["fetch", "XMLHttpRequest", "sendBeacon", "Storage", "cookie", "src", "console"] {
        assert!(!script.contains(way_out), "{way_out}");
    }
}

#[test]
fn the_script_for_passkeys_is_small_and_sends_nothing_but_the_form() {
    let script = assets::passkey_script().body();
    assert!(script.len() <= 4096, "{} bytes", script.len());
    // That a passkey was offered, and nothing else (ADR 60): who removed it is not given another.
    assert_eq!((script.matches("Storage").count(), script.matches("localStorage.").count()), (2, 2));
    asks_nobody(&script.replace("localStorage", ""));
}

#[test]
fn a_problem_with_a_password_is_said_on_top_and_beside_its_field() {
    for (name, page) in passwords(Sample::english(FRIENDLY)) {
        let is_problem = !["password", "password changed"].contains(&name);
        assert_eq!(page.contains("role=\"alert\""), is_problem, "{name}");
        let waits = ["password throttled", "password busy"].contains(&name);
        assert_eq!(page.contains("aria-invalid"), is_problem && !waits, "{name}");
        assert_eq!(page.matches(" autofocus").count(), 1, "{name}");
        let described = page.split("aria-describedby=\"").skip(1);
        for id in described.flat_map(|rest| rest.split('"').next().unwrap().split(' ')) {
            assert!(page.contains(&format!("id=\"{id}\"")), "{name}: {id}");
        }
    }
}

#[test]
fn a_problem_with_ones_own_data_is_said_beside_its_field_and_has_the_focus() {
    for (name, page) in own(Sample::english(FRIENDLY)) {
        let is_problem =
            ["unfit", "stale", "missing", "unreadable", "too large", "busy", "throttled", "unticked"]
                .iter()
                .any(|word| name.ends_with(word));
        assert_eq!(page.contains("role=\"alert\""), is_problem, "{name}");
        assert_eq!(page.contains("aria-invalid"), is_problem && name != "profile stale", "{name}");
        assert!(page.matches(" autofocus").count() <= 1, "{name}");
        assert_eq!(page.contains(" autofocus"), is_problem || page.contains("id=\"receipt\""), "{name}");
        let described = page.split("aria-describedby=\"").skip(1);
        for id in described.flat_map(|rest| rest.split('"').next().unwrap().split(' ')) {
            assert!(page.contains(&format!("id=\"{id}\"")), "{name}: {id}");
        }
    }
}

#[test]
fn a_whole_page_is_lighter_than_30_kilobytes() {
    // With what it fetches: no page uses every script.
    let whole = |page: &str| {
        let used = assets::all().into_iter().filter(|asset| page.contains(asset.url()));
        page.len() + used.map(|asset| asset.body().len()).sum::<usize>()
    };
    // The sealed transaction and the token are ours and short; all other text is 10,000 long.
    let long = "长".repeat(10_000);
    for (name, page) in every_page(FRIENDLY) {
        assert!(whole(&page) < 30_000, "{name}: {} bytes", whole(&page));
    }
    let page = LoginPage {
        layout: Layout::new(&long, Language::english()),
        client: Some(client(&long)),
        seal: seal("short"),
        username: TypedText::new(&long),
        error: Some(LoginError::WrongCredentials),
        work: None,
        reason: None,
        request_id: "short",
        may_cancel: true,
        right_address: None,
        reauthenticate_as: None,
        forgot: None,
        register: None,
        password_was_set: false,
        passkey: Some("short".to_owned()),
        unknown_passkey: None,
    };
    let size = whole(&page.render().unwrap());
    assert!(size < 30_000, "{size} bytes");
}

/// What a person reads in a page: no tags, and no text in another language that says so.
fn read_aloud(page: &str) -> String {
    let page = page.split_once("<title>").unwrap().1;
    let pieces = page.split('<').map(|piece| {
        let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
        let is_said = !tag.contains(" lang=") && !tag.starts_with("code");
        let spoken = attributes(tag).into_iter().filter(|(name, _)| matches!(*name, "aria-label" | "title"));
        let spoken: String = spoken.map(|(_, value)| format!("{value} ")).collect();
        format!("{spoken}{}", if is_said { text } else { "" })
    });
    pieces.collect::<Vec<_>>().join("|")
}

#[test]
fn a_page_in_chinese_has_no_word_that_is_not() {
    let chinese: Language = "zh-CN".parse().unwrap();
    for (name, page) in (Sample { text: "名", carried: "x", language: chinese }).pages() {
        let mut said = read_aloud(&page);
        for name in ["Site B", "Cookie", "JPEG", "WebP", "JSON", "https://", "http://", "Asia/Shanghai"] {
            said = said.replace(name, "");
        }
        let words = said.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 3);
        assert_eq!(words.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}: {said}");
        let half = said.chars().zip(said.chars().skip(1)).find(|(before, mark)| {
            !before.is_ascii() && matches!(mark, ',' | '.' | '!' | '?' | ';' | ':' | '(' | ')')
        });
        assert_eq!(half, None, "{name}: punctuation of half width in {said}");
    }
}

#[test]
fn a_page_says_its_language_and_its_direction() {
    let language = |tag: &str| tag.parse::<Language>().unwrap();
    for (tag, direction) in [("en", "ltr"), ("zh-CN", "ltr"), ("he", "rtl")] {
        for (name, page) in (Sample { text: FRIENDLY, carried: "x", language: language(tag) }).pages() {
            assert!(page.contains(&format!("<html lang=\"{tag}\" dir=\"{direction}\">")), "{name} {tag}");
        }
    }
}

/// It turns round with the direction of the language.
#[test]
fn the_stylesheet_knows_no_left_and_right() {
    let is_of_a_side = |text: &str| text.split(['-', ' ']).any(|word| matches!(word, "left" | "right"));
    let declarations =
        assets::stylesheet().body().split(['{', '}', ';']).filter_map(|part| part.split_once(':'));
    let found: Vec<_> =
        declarations.filter(|(name, value)| is_of_a_side(name) || is_of_a_side(value)).collect();
    assert_eq!(found, []);
}
