//! The name of a browser, from `User-Agent` (RFC 9110 10.1.5) and the brands of UA Client Hints. What is found are the
//! words of a small table, so nothing of what was sent is stored or shown. It helps people recognise a device and
//! decides nothing about trust.

use super::DeviceKind;

/// Honest values are a tenth of this, in bytes; what lies beyond is not read.
const READ_BYTES: usize = 1024;

/// The name and the kind of a device.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Described {
    /// The kind.
    pub kind: DeviceKind,
    /// The browser.
    pub browser: Option<&'static str>,
    /// What it runs on.
    pub system: Option<&'static str>,
}

impl Described {
    /// Reads `User-Agent` and `Sec-CH-UA`, either of which may be absent, strange or hostile.
    #[must_use]
    pub fn read(user_agent: &str, brands: &str) -> Self {
        let (user_agent, brands) = (beginning(user_agent), beginning(brands));
        let (system, kind) = system(user_agent);
        Self { kind, browser: browser(user_agent, brands), system }
    }
}

/// The first that is found counts, because browsers also name others for compatibility.
const BROWSERS: [(&str, &str); 21] = [
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("MicroMessenger/", "WeChat"),
    ("UCBrowser/", "UC Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("MiuiBrowser/", "Mi Browser"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("HeadlessChrome/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

fn browser(user_agent: &str, brands: &str) -> Option<&'static str> {
    let (_, name) = BROWSERS.iter().find(|(token, _)| user_agent.contains(token))?;
    // Chromium calls itself Chrome there, and tells the difference by its brands only.
    let is_chromium =
        *name == "Chrome" && brands.contains("\"Chromium\"") && !brands.contains("\"Google Chrome\"");
    Some(if is_chromium { "Chromium" } else { name })
}

const SYSTEMS: [(&str, &str, DeviceKind); 10] = [
    ("iPhone", "iPhone", DeviceKind::Phone),
    ("iPod", "iPod", DeviceKind::Phone),
    ("iPad", "iPad", DeviceKind::Tablet),
    ("Android", "Android", DeviceKind::Phone),
    ("OpenHarmony", "HarmonyOS", DeviceKind::Phone),
    ("CrOS", "ChromeOS", DeviceKind::Computer),
    ("Windows NT", "Windows", DeviceKind::Computer),
    ("Macintosh", "Mac", DeviceKind::Computer),
    ("FreeBSD", "FreeBSD", DeviceKind::Computer),
    ("Linux", "Linux", DeviceKind::Computer),
];

fn system(user_agent: &str) -> (Option<&'static str>, DeviceKind) {
    let found = SYSTEMS.iter().find(|(token, ..)| user_agent.contains(token));
    let Some(&(_, name, kind)) = found else {
        return (None, DeviceKind::Other);
    };
    // Android tablets are told from phones by the word they leave out.
    let is_tablet = name == "Android" && !user_agent.contains("Mobile");
    (Some(name), if is_tablet { DeviceKind::Tablet } else { kind })
}

fn beginning(text: &str) -> &str {
    let end = (0..=READ_BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::label;

    fn read(user_agent: &str) -> (String, DeviceKind) {
        let described = Described::read(user_agent, "");
        (label(described.browser, described.system), described.kind)
    }

    #[test]
    fn common_browsers_are_called_what_people_call_them() {
        let known = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
                DeviceKind::Computer,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari on Mac",
                DeviceKind::Computer,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
                DeviceKind::Computer,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
                "Chromium on Linux",
                DeviceKind::Computer,
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on ChromeOS",
                DeviceKind::Computer,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
                DeviceKind::Phone,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
                DeviceKind::Phone,
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1",
                "Safari on iPad",
                DeviceKind::Tablet,
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
                DeviceKind::Phone,
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36",
                "Samsung Internet on Android",
                DeviceKind::Tablet,
            ),
            ("curl/8.5.0", "curl", DeviceKind::Other),
            ("", "An unknown device", DeviceKind::Other),
        ];
        for (user_agent, label, kind) in known {
            assert_eq!(read(user_agent), (label.to_owned(), kind), "{user_agent}");
        }
    }

    #[test]
    fn chromium_is_told_from_chrome_by_its_brands() {
        const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        let with = |brands: &str| Described::read(CHROME, brands).browser;
        assert_eq!(with(""), Some("Chrome"));
        assert_eq!(with("\"Chromium\";v=\"140\", \"Not A(Brand\";v=\"24\""), Some("Chromium"));
        assert_eq!(with("\"Chromium\";v=\"140\", \"Google Chrome\";v=\"140\""), Some("Chrome"));
    }

    #[test]
    fn s49_nothing_that_was_sent_is_ever_part_of_a_label() {
        let far = format!("{}Firefox/1 Windows NT", "é".repeat(5000));
        let hostile = [
            "\"><script>alert(1)</script>",
            "\u{202E}Firefox",
            "a\r\nSet-Cookie: x=y",
            "\u{0}\u{7}",
            "*?[a-z]",
            far.as_str(),
        ];
        for text in hostile {
            assert_eq!(read(text), ("An unknown device".to_owned(), DeviceKind::Other), "{text:?}");
            let beside = format!("{text} Firefox/140 {text}");
            assert!(["Firefox", "An unknown device"].contains(&read(&beside).0.as_str()));
        }
        assert!(read(&"Firefox/ Windows NT ".repeat(10_000)).0.len() < 40);
    }
}
