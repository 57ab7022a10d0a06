//! A real Chromium, driven through chromedriver, with third-party cookies blocked and a profile of its own.

use crate::eventually;
use crate::ports::free_port;
use crate::reaper::Reaper;
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::time::Instant;

/// Starts chromedriver on a port. When it ends, its browser goes on: it is found by its profile.
const REAPER: &str = r#"
    cd "$1"
    TMPDIR="$1" chromedriver --port="$2" </dev/null >/dev/null 2>&1 &
    cat >/dev/null
    kill "$!" && wait "$!"
    for process in /proc/[0-9]*; do
        grep -qaF -e "--user-data-dir=$1/profile" "$process/cmdline" && kill -KILL "${process#/proc/}"
    done 2>/dev/null
    cd /
    until rm -rf "$1"; do sleep 0.1; done 2>/dev/null
"#;

/// Chromium without what is around a page.
const SHELL: &str = "chromium-headless-shell";

const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(50);

/// One browser with one profile. It ends when dropped.
pub struct Chromium {
    /// The WebDriver client.
    pub driver: Client,
    _reaper: Reaper,
}

/// The window that a page is rendered for.
#[derive(Clone, Copy)]
pub struct Viewport {
    /// Pixels of the page.
    pub width: u32,
    /// How many pixels of the screen each of them takes, as at 100 or 200 %.
    pub zoom: u32,
    /// Whether the system prefers dark.
    pub dark: bool,
}

impl Chromium {
    /// Starts one.
    pub async fn start() -> Self {
        Self::start_with(
            json!({ "profile.block_third_party_cookies": true, "profile.cookie_controls_mode": 1 }),
        )
        .await
    }

    /// Starts one that keeps no cookies at all.
    pub async fn start_without_cookies() -> Self {
        const BLOCK: u8 = 2;
        Self::start_with(json!({ "profile.default_content_setting_values.cookies": BLOCK })).await
    }

    /// Starts one to lay pages out and look at them: without the parts of a browser around the page where the machine has that
    /// (`chromium-headless-shell`, of the same build), which takes two thirds of the time.
    pub async fn start_to_look() -> Self {
        let is_there = |name: &str| Path::new("/usr/bin").join(name).exists();
        let binary = is_there(SHELL).then(|| json!(format!("/usr/bin/{SHELL}")));
        Self::start_as(json!({ "prefs": {}, "binary": binary })).await
    }

    async fn start_with(preferences: serde_json::Value) -> Self {
        Self::start_as(json!({ "prefs": preferences })).await
    }

    async fn start_as(options: serde_json::Value) -> Self {
        let port = free_port();
        let folder = tempfile::tempdir().unwrap().keep();
        let reaper = Reaper::start(Command::new("sh"), REAPER, &folder, &[&port.to_string()]);
        let driver = connect(port, &folder.join("profile"), options).await;
        Self { driver, _reaper: reaper }
    }

    /// Opens an address in the present tab.
    pub async fn open(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    /// Opens an address in a new tab and stays there.
    pub async fn open_tab(&self, url: &str) -> fantoccini::wd::WindowHandle {
        let tab = self.driver.new_window(true).await.unwrap().handle;
        self.driver.switch_to_window(tab.clone()).await.unwrap();
        self.open(url).await;
        tab
    }

    /// Goes to another tab.
    pub async fn switch_to(&self, tab: &fantoccini::wd::WindowHandle) {
        self.driver.switch_to_window(tab.clone()).await.unwrap();
    }

    /// The element with this id, once it is there.
    pub async fn element(&self, id: &str) -> Element {
        match self.driver.wait().at_most(PATIENCE).for_element(Locator::Id(id)).await {
            Ok(element) => element,
            Err(error) => {
                panic!("no #{id} at {}: {error}\n{}", self.url().await, self.driver.source().await.unwrap())
            }
        }
    }

    /// Clicks the element, as soon as it can be clicked.
    pub async fn click(&self, id: &str) {
        self.eventually(&format!("#{id} is clicked"), async || self.element(id).await.click().await.is_ok())
            .await;
    }

    /// Waits until the element's text is `wanted`.
    pub async fn wait_for_text(&self, id: &str, wanted: &str) {
        let says_so = async || match self.driver.find(Locator::Id(id)).await {
            Ok(element) => element.text().await.unwrap_or_default().contains(wanted),
            Err(_) => false,
        };
        self.eventually(&format!("#{id} says {wanted:?}"), says_so).await;
    }

    /// Waits until the address begins so.
    pub async fn wait_for_url(&self, beginning: &str) {
        let is_there = async || self.url().await.starts_with(beginning);
        self.eventually(&format!("the address is {beginning}"), is_there).await;
    }

    /// Waits for a condition of the present page; a failure shows the page.
    pub async fn eventually(&self, expected: &str, mut holds: impl AsyncFnMut() -> bool) {
        let started = Instant::now();
        while !holds().await {
            if started.elapsed() > PATIENCE {
                panic!("never: {expected}, at {}\n{}", self.url().await, self.driver.source().await.unwrap());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Where it is.
    pub async fn url(&self) -> String {
        self.driver.current_url().await.unwrap().to_string()
    }

    /// Fills the login form as a person does, and submits it.
    pub async fn log_in(&self, username: &str, password: &str) {
        self.element("username").await.send_keys(username).await.unwrap();
        self.element("password").await.send_keys(password).await.unwrap();
        self.click("login-submit").await;
    }

    /// Sets width and colour scheme for the pages that follow.
    pub async fn set_viewport(&self, viewport: Viewport) {
        self.set_scheme(viewport.dark).await;
        self.set_metrics(viewport).await;
    }

    /// The same where the present tab has `before` now: asks for what differs alone, since each change lays the page out anew.
    pub async fn change_viewport(&self, before: Viewport, viewport: Viewport) {
        if before.dark != viewport.dark {
            self.set_scheme(viewport.dark).await;
        }
        if (before.width, before.zoom) != (viewport.width, viewport.zoom) {
            self.set_metrics(viewport).await;
        }
    }

    async fn set_scheme(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        // A transition from light to dark would be judged half-way.
        let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }, still] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    async fn set_metrics(&self, Viewport { width, zoom, .. }: Viewport) {
        let metrics =
            json!({ "width": width, "height": 844 / zoom, "deviceScaleFactor": zoom, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Keeps a screenshot of the page under `target/screenshots`.
    pub async fn screenshot(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let png = self.driver.screenshot().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }

    /// Forgets every cookie of the present page's host.
    pub async fn forget_cookies(&self) {
        self.driver.delete_all_cookies().await.unwrap();
    }

    /// Cuts the present tab off from the network, or connects it again.
    pub async fn offline(&self, is_offline: bool) {
        let conditions =
            json!({ "offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", conditions).await;
    }

    /// Gives the present tab an authenticator that makes and uses passkeys, with the user's consent, without asking.
    pub async fn add_authenticator(&self) {
        self.devtools("WebAuthn.enable", json!({ "enableUI": false })).await;
        let options = json!({
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "automaticPresenceSimulation": true,
            "defaultBackupEligibility": true,
            "defaultBackupState": true,
        });
        self.devtools("WebAuthn.addVirtualAuthenticator", json!({ "options": options })).await;
    }

    /// Runs no script of any page in the present tab from now on.
    pub async fn without_script(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Runs a script in each page of the present tab from now on, before those of the page.
    pub async fn before_each_page(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// What the script `body`, run in the page, returns, or resolves to.
    pub async fn run_script(&self, body: &str) -> serde_json::Value {
        if body.ends_with(".click()") {
            // It may leave the page: what resolves later is looked for in the next one, which does not know of it.
            return self.driver.execute(body, vec![]).await.unwrap();
        }
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {{ {body} }})().then(done, (error) => done(`failed: ${{error.code ?? error}}`));"
        );
        self.driver.execute_async(&script, vec![]).await.unwrap()
    }

    /// Whether the page is wider than its window.
    pub async fn scrolls_sideways(&self) -> bool {
        let script = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        self.driver.execute(script, vec![]).await.unwrap() == true
    }

    async fn devtools(&self, command: &str, parameters: serde_json::Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.driver.issue_cmd(DevTools(body.to_string())).await.unwrap();
    }
}

/// chromedriver's own command for the DevTools protocol.
#[derive(Debug)]
struct DevTools(String);

impl fantoccini::wd::WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(self.0.clone()))
    }
}

async fn connect(port: u16, profile: &Path, mut options: serde_json::Value) -> Client {
    let profile = format!("--user-data-dir={}", profile.display());
    let arguments = [
        profile.as_str(),
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--window-size=1280,900",
    ];
    options["args"] = json!(arguments);
    let options = options.as_object().unwrap().iter().filter(|(_, option)| !option.is_null());
    let options: serde_json::Map<_, _> =
        options.map(|(name, option)| (name.clone(), option.clone())).collect();
    let name = if options.contains_key("binary") { "chrome-headless-shell" } else { "chrome" };
    let capabilities = json!({ "browserName": name, "goog:chromeOptions": options });
    let capabilities = capabilities.as_object().unwrap().clone();
    let address = format!("http://127.0.0.1:{port}");
    eventually("chromedriver answers (./tests/run installs it)", async || {
        ClientBuilder::new(HttpConnector::new()).capabilities(capabilities.clone()).connect(&address).await
    })
    .await
}
