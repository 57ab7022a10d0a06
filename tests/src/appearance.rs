//! How a page looks: the screens it is shown on, what sticks out of it, and what is kept as a picture.

use crate::axe::{Axe, Rules};
use crate::chromium::{Chromium, Viewport};
use serde_json::Value;

/// A screen that every page has to fit.
struct Screen {
    name: &'static str,
    viewport: Viewport,
    /// How large a person has set the text, in percent.
    text: u32,
    rules: Option<Rules>,
    /// Whether a page is looked at here that differs from another one in its names only.
    is_telling: bool,
}

const fn screen(name: &'static str, width: u32, zoom: u32, dark: bool) -> Screen {
    let viewport = Viewport { width, zoom, dark };
    Screen { name, viewport, text: 100, rules: None, is_telling: false }
}

/// Every screen. A window of 1280 pixels at 200 % has room for 640.
const SCREENS: [Screen; 6] = [
    Screen { rules: Some(Rules::All), ..screen("phone", 390, 1, false) },
    Screen { text: 200, is_telling: true, ..screen("phone-large-text", 390, 1, false) },
    Screen { is_telling: true, ..screen("small-phone", 320, 1, false) },
    Screen { rules: Some(Rules::Contrast), ..screen("small-phone-dark", 320, 1, true) },
    screen("desktop-200-percent", 640, 2, true),
    Screen { is_telling: true, ..screen("desktop-dark", 1280, 1, true) },
];

/// How much is kept and judged of a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Thoroughness {
    /// All that axe has rules for.
    Whole,
    /// Of a page that was looked at with other names: the screens on which names are in the way, and axe once more, which judges how
    /// large a target is and what scrolls.
    LongNames,
    /// The same without axe: the names are no longer than those before, or the page is turned round.
    Names,
}

const FAULTS: &str = include_str!("appearance.js");

/// Asks for a picture of each page that is looked at. A whole run takes thousands, which takes longer than the looking.
const KEEP_PICTURES: &str = "KEEP_PICTURES";

/// Looks at the present page on every screen, and answers what is wrong. Keeps pictures under `name` where something is, and on
/// request.
///
/// # Panics
/// When the page does not let itself be looked at.
pub async fn look_at(
    browser: &Chromium,
    axe: Option<&Axe>,
    name: &str,
    thoroughness: Thoroughness,
) -> Vec<String> {
    let is_looked_at = |screen: &Screen| match thoroughness {
        Thoroughness::Whole => true,
        Thoroughness::LongNames => screen.is_telling || matches!(screen.rules, Some(Rules::All)),
        Thoroughness::Names => screen.is_telling,
    };
    let is_kept = std::env::var_os(KEEP_PICTURES).is_some();
    let mut faults = Vec::new();
    let mut shown: Option<Viewport> = None;
    for screen in SCREENS.iter().filter(|screen| is_looked_at(screen)) {
        match shown {
            None => browser.set_viewport(screen.viewport).await,
            Some(before) => browser.change_viewport(before, screen.viewport).await,
        }
        shown = Some(screen.viewport);
        let mut found = sticking_out(browser, screen.text).await;
        let colours = thoroughness == Thoroughness::Whole;
        let rules = screen.rules.filter(|rules| colours || matches!(rules, Rules::All));
        if let Some((axe, rules)) = axe.zip(rules) {
            found.extend(axe.faults(browser, rules).await);
        }
        if !found.is_empty() || is_kept {
            browser.screenshot(&format!("{name}-{}", screen.name)).await;
        }
        faults.extend(found.into_iter().map(|fault| format!("{name} on {}: {fault}", screen.name)));
    }
    faults
}

async fn sticking_out(browser: &Chromium, text: u32) -> Vec<String> {
    let found = browser.run_script(&format!("const text = {text};\n{FAULTS}")).await;
    let Value::Array(found) = found else { panic!("{found}") };
    found.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
}
