//! What axe-core finds in the present page. `tests/run` fetches it with npm; a machine without it leaves the check out.

use crate::chromium::Chromium;
use serde_json::Value;
use std::path::Path;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/axe/node_modules/axe-core/axe.min.js");
/// Runs the rules that stand before it.
const RUN: &str = "
    const { violations } = await axe.run({ runOnly: rules, resultTypes: ['violations'] });
    return violations.flatMap(({ id, impact, nodes }) =>
        nodes.map(({ target, any }) => `${impact}: ${id} at ${target} (${any.map(({ message }) => message).join('; ')})`));";

/// What axe looks at.
#[derive(Clone, Copy)]
pub enum Rules {
    /// WCAG 2.2 A and AA, and what is good practice beside.
    All,
    /// What another colour scheme can break.
    Contrast,
}

/// The script, where it was fetched.
pub struct Axe(String);

impl Axe {
    /// Reads it. `None` says so, once, in the output.
    #[must_use]
    pub fn find() -> Option<Self> {
        let script = std::fs::read_to_string(Path::new(FILE)).ok().map(Self);
        if script.is_none() {
            eprintln!("axe is left out: it comes with `npm ci --prefix tests/axe`");
        }
        script
    }

    /// What is wrong with the present page, one line each, with the impact in front.
    ///
    /// # Panics
    /// When the page does not let it run.
    pub async fn faults(&self, browser: &Chromium, rules: Rules) -> Vec<String> {
        if browser.run_script("return 'axe' in window").await != true {
            browser.driver.execute(&self.0, vec![]).await.unwrap();
        }
        let found = browser.run_script(&format!("const rules = {};{RUN}", rules.names())).await;
        let Value::Array(found) = found else { panic!("axe: {found}") };
        found.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Rules {
    const fn names(self) -> &'static str {
        match self {
            Self::All => {
                "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']"
            }
            Self::Contrast => "['color-contrast', 'link-in-text-block']",
        }
    }
}
