//! Every page with hostile, empty and very long values: the structure stays that of the harmless
//! page, nothing is hidden or reordered, nothing is fetched from elsewhere, and it stays light.

use super::markup::{FRIENDLY, attributes, every_page, every_page_carrying, skeleton, tags};
use super::{Look, THEME, all};
use idp_server::page::assets;
use idp_server::words::Language;
use std::sync::LazyLock;

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
/// Where the links of the samples lead.
const KNOWN: [&str; 2] = ["https://a.example/", "https://login.example.com/"];
/// Where the way past the rooms leads on a page of administrators.
const CONTENT: &str = "#content";

#[test]
fn s66_s67_hostile_text_changes_no_page() {
    let harmless = every_page(FRIENDLY);
    for hostile in HOSTILE {
        for ((name, harmless), (_, page)) in harmless.iter().zip(every_page(hostile)) {
            assert_eq!(skeleton(harmless), skeleton(&page), "{name} with {hostile:?}");
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
                    let known = value == CONTENT || KNOWN.iter().any(|known| value.starts_with(known));
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
            let is_in = |start: &str, end: &str| before.rfind(start) > before.rfind(end);
            let in_a_tag = is_in("<", ">");
            let isolated = before.ends_with("<bdi>") || before.ends_with("<code>");
            let typed = is_in("<textarea", "</textarea");
            // A letter is isolated as a whole.
            let written = is_in("<pre><bdi>", "</bdi></pre>");
            let is_safe = in_a_tag || isolated || typed || written;
            assert!(is_safe, "{name}: …{}", &before[before.len().saturating_sub(40)..]);
        }
    }
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
    let of_theme = [THEME.stylesheet(), THEME.logo(), Some(THEME.favicon())];
    let served: Vec<_> =
        assets::all().into_iter().chain(of_theme.into_iter().flatten()).map(|asset| asset.url()).collect();
    for (name, page) in every_page(FRIENDLY) {
        for tag in tags(&page).into_iter().filter(|tag| !tag.starts_with("a ")) {
            for (attribute, value) in attributes(tag) {
                let fetches = matches!(attribute, "src" | "srcset" | "href" | "data" | "poster");
                let is_here = served.contains(&value) || value.starts_with("/picture/");
                assert!(!fetches || is_here, "{name}: {tag}");
            }
        }
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
fn a_whole_page_is_lighter_than_30_kilobytes() {
    static LONG: LazyLock<String> = LazyLock::new(|| "长".repeat(10_000));
    // With what it fetches: no page uses every script.
    let whole = |page: &str| {
        let used = assets::all().into_iter().filter(|asset| page.contains(asset.url()));
        page.len() + used.map(|asset| asset.body().len()).sum::<usize>()
    };
    for (name, page) in every_page(FRIENDLY) {
        assert!(whole(&page) < 30_000, "{name}: {} bytes", whole(&page));
    }
    // The sealed transaction and the token are ours and short; all other text is 10,000 long.
    let long = Look::filled(Language::english(), &LONG, "short");
    let logins: Vec<_> = all().into_iter().filter(|state| state.page == "LoginPage").collect();
    assert!(!logins.is_empty());
    for state in logins {
        let size = whole(&state.draw(&long));
        assert!(size < 30_000, "{}: {size} bytes", state.name);
    }
}
