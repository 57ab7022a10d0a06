//! Every page with hostile, empty and very long values: the structure stays that of the harmless
//! page, nothing is hidden or reordered, nothing is fetched from elsewhere, and it stays light.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::path::Path;

use super::*;
use idp_core::device::DeviceKind;
use idp_core::session::{EndCause, Ended};
use idp_core::time::UnixTime;

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

/// Each page with `text` wherever a text can go.
fn every_page(text: &str) -> Vec<(&'static str, String)> {
    every_page_carrying(text, text)
}

/// Each page with `text` wherever it can be seen, and `carried` in hidden fields and as request id.
fn every_page_carrying(text: &str, carried: &str) -> Vec<(&'static str, String)> {
    let mut pages = logins(text, carried);
    pages.extend(others(text, carried));
    pages
}

fn logins(text: &str, carried: &str) -> Vec<(&'static str, String)> {
    let errors = [
        ("login", None),
        ("login missing username", Some(LoginError::MissingUsername)),
        ("login missing password", Some(LoginError::MissingPassword)),
        ("login missing both", Some(LoginError::MissingBoth)),
        ("login wrong", Some(LoginError::WrongCredentials)),
        ("login throttled", Some(LoginError::Throttled { retry_after_seconds: 61 })),
        ("login busy", Some(LoginError::Busy { retry_after_seconds: 2 })),
        ("login expired", Some(LoginError::Expired)),
        ("login other browser", Some(LoginError::OtherBrowser)),
    ];
    let mut pages: Vec<_> =
        errors.into_iter().map(|(name, error)| (name, login(text, carried, error, false))).collect();
    pages.push(("login confirm", login(text, carried, None, true)));
    pages
}

fn login(text: &str, carried: &str, error: Option<LoginError>, confirm: bool) -> String {
    let page = LoginPage {
        layout: Layout::new(text),
        client: Some(client(text)),
        seal: seal(carried),
        username: TypedText::new(text),
        error,
        reason: None,
        request_id: carried,
        may_cancel: true,
        reauthenticate_as: confirm.then(|| TypedText::new(text)),
    };
    page.render().unwrap()
}

fn others(text: &str, carried: &str) -> Vec<(&'static str, String)> {
    let consent = ConsentPage {
        layout: Layout::new(text),
        client: client(text),
        seal: seal(carried),
        account: DisplayText::name(text),
        scopes: ["openid", "email", text].map(ScopeLine::new).into(),
    };
    let logout = LogoutPage {
        layout: Layout::new(text),
        client: Some(client(text)),
        seal: seal(carried),
        account: DisplayText::name(text),
    };
    let logged_out = LoggedOutPage { layout: Layout::new(text), receipt: None };
    let still_signed_in = StillSignedInPage { layout: Layout::new(text), account: DisplayText::name(text) };
    let form_post = FormPostPage {
        layout: Layout::new(text),
        client: client(text),
        redirect_uri: LinkUri::new("https://a.example/cb?x=1&y=2").unwrap(),
        fields: vec![("state", carried), (carried, "value")],
    };
    let elsewhere = |count| {
        let page = SignedInElsewherePage {
            layout: Layout::new(text),
            client: Some(client(text)),
            seal: seal(carried),
            account: DisplayText::name(text),
            devices: vec![line(text, DeviceKind::Phone); count],
        };
        page.render().unwrap()
    };
    let (devices, alone) = (devices(text, carried, 3), devices(text, carried, 0));
    let mut pages = vec![
        ("signed in elsewhere", elsewhere(1)),
        ("signed in elsewhere twice", elsewhere(2)),
        ("devices", devices),
        ("devices alone", alone),
        ("departed", departed(text, carried)),
        ("consent", consent.render().unwrap()),
        ("logout", logout.render().unwrap()),
        ("logged out", logged_out.render().unwrap()),
        ("still signed in", still_signed_in.render().unwrap()),
        ("form post", form_post.render().unwrap()),
    ];
    pages.extend(errors(text).into_iter().map(|error| {
        let page = ErrorPage { layout: Layout::new(text), error, request_id: carried };
        ("error", page.render().unwrap())
    }));
    pages
}

fn departed(text: &str, carried: &str) -> String {
    let page = LoginPage {
        layout: Layout::new(text),
        client: None,
        seal: seal(carried),
        username: TypedText::new(text),
        error: None,
        reason: Some(departure()),
        request_id: carried,
        may_cancel: false,
        reauthenticate_as: None,
    };
    page.render().unwrap()
}

fn departure() -> SignOutReason {
    let ended = Ended { at: UnixTime(1_795_232_000), cause: EndCause::Kicked };
    SignOutReason::new(ended, UnixTime(1_795_232_827))
}

fn devices(text: &str, carried: &str, others: usize) -> String {
    let device = |kind| OpenDevice {
        sid: carried.to_owned(),
        line: line(text, kind),
        sites: vec![DisplayText::name(text), DisplayText::name("Site B")],
    };
    let kinds = DeviceKind::ALL.into_iter().cycle();
    let page = DevicesPage {
        layout: Layout::new(text),
        seal: seal(carried),
        account: DisplayText::name(text),
        receipt: (others > 0).then_some(Receipt {
            devices: 1,
            sites: 2,
            confirmed: 1,
            took_ms: 240,
            at_most: 1800,
        }),
        here: device(DeviceKind::Computer),
        others: kinds.clone().take(others).map(device).collect(),
        ended: kinds
            .take(others)
            .map(|kind| EndedDevice { line: line(text, kind), reason: departure() })
            .collect(),
    };
    page.render().unwrap()
}

/// A stored label and address never hold such text; the page does not rely on it.
fn line(text: &str, kind: DeviceKind) -> DeviceLine {
    let moment = RelativeTime::new(UnixTime(1_795_232_000), UnixTime(1_795_232_827));
    let (label, place) = (DisplayText::name(text), Some(DisplayText::name(text)));
    DeviceLine { kind, label, place, last_use: moment, since: moment }
}

fn errors(text: &str) -> Vec<PageError> {
    vec![
        PageError::Request {
            code: "invalid_request",
            parameter: Some(DisplayText::name(text)),
            reason: DisplayText::reason(text),
        },
        PageError::Malformed,
        PageError::Forbidden,
        PageError::OtherBrowser,
        PageError::Expired,
        PageError::NotFound,
        PageError::MethodNotAllowed,
        PageError::TooLarge,
        PageError::Throttled { retry_after_seconds: Some(61) },
        PageError::Busy { retry_after_seconds: None },
        PageError::Internal,
    ]
}

fn client(text: &str) -> ClientLabel {
    ClientLabel { name: DisplayText::name(text), host: Some(DisplayText::name(text)) }
}

fn seal(text: &str) -> FormSeal<'_> {
    FormSeal { post_to: "/login", tx: text, csrf: text }
}

/// Each tag as `name attribute="value"...`, in order. The engine escapes `<` and `>` in values, so
/// that a bare one can only be a tag's own.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split_once('>').unwrap().0).collect()
}

/// The attributes of one tag as name and value.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
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
            assert!(in_a_tag || isolated, "{name}: …{}", &before[before.len().saturating_sub(40)..]);
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
                    !fetches || assets::find(value.trim_start_matches("/assets/")).is_some(),
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
        ("devices alone", &["devices-all"]),
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
    for (name, page) in logins(FRIENDLY, FRIENDLY) {
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
        layout: Layout::new("Accounts"),
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
    let page = login(FRIENDLY, FRIENDLY, Some(LoginError::WrongCredentials), false);
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
fn a_whole_page_is_lighter_than_30_kilobytes() {
    let shared = assets::stylesheet().body().len()
        + assets::app_script().body().len()
        + assets::form_post_script().body().len()
        + assets::favicon().body().len();
    // The sealed transaction and the token are ours and short; all other text is 10,000 long.
    let long = "长".repeat(10_000);
    for (name, page) in every_page(FRIENDLY) {
        assert!(page.len() + shared < 30_000, "{name}: {} bytes", page.len() + shared);
    }
    let page = LoginPage {
        layout: Layout::new(&long),
        client: Some(client(&long)),
        seal: seal("short"),
        username: TypedText::new(&long),
        error: Some(LoginError::WrongCredentials),
        reason: None,
        request_id: "short",
        may_cancel: true,
        reauthenticate_as: None,
    };
    let size = page.render().unwrap().len() + shared;
    assert!(size < 30_000, "{size} bytes");
}
