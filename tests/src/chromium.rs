//! A real Chromium, driven through chromedriver, with third-party cookies blocked and a profile of its own.

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::json;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(15);

/// One browser with one profile. It ends when dropped.
pub struct Chromium {
    /// The WebDriver client.
    pub driver: Client,
    process: Child,
}

/// How a page is looked at.
#[derive(Clone, Copy)]
pub struct Look {
    /// Pixels.
    pub width: u32,
    /// Whether the system prefers dark.
    pub dark: bool,
}

impl Chromium {
    /// Starts one; `None` when the run was asked to leave browsers out (`WITHOUT_BROWSER`).
    pub async fn start() -> Option<Self> {
        if std::env::var_os("WITHOUT_BROWSER").is_some() {
            eprintln!("left out: WITHOUT_BROWSER is set");
            return None;
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver must be installed; ./tests/run brings it");
        let driver = connect(port).await;
        Some(Self { driver, process })
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

    /// Presses it, as soon as it can be pressed.
    pub async fn click(&self, id: &str) {
        for _ in 0..150 {
            if self.element(id).await.click().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("#{id} cannot be pressed at {}", self.url().await);
    }

    /// Waits until the element's text is `wanted`.
    pub async fn wait_for_text(&self, id: &str, wanted: &str) {
        for _ in 0..150 {
            let text = match self.driver.find(Locator::Id(id)).await {
                Ok(element) => element.text().await.unwrap_or_default(),
                Err(_) => String::new(),
            };
            if text.contains(wanted) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!(
            "#{id} never said {wanted:?} at {}\n{}",
            self.url().await,
            self.driver.source().await.unwrap()
        );
    }

    /// Waits until the address begins so.
    pub async fn wait_for_url(&self, beginning: &str) {
        for _ in 0..150 {
            if self.url().await.starts_with(beginning) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!(
            "never came to {beginning}, but is at {}\n{}",
            self.url().await,
            self.driver.source().await.unwrap()
        );
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
    pub async fn look(&self, look: Look) {
        let scheme = if look.dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
        let metrics =
            json!({ "width": look.width, "height": 844, "deviceScaleFactor": 1, "mobile": look.width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Keeps a picture of the page under `target/screenshots`.
    pub async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let png = self.driver.screenshot().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }

    /// Takes the network away from the present tab, or gives it back.
    pub async fn offline(&self, is_offline: bool) {
        let conditions =
            json!({ "offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", conditions).await;
    }

    /// What the page's script `body` returns, or resolves to.
    pub async fn run(&self, body: &str) -> serde_json::Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {{ {body} }})().then(done, (error) => done(`failed: ${{error.code ?? error}}`));"
        );
        self.driver.execute_async(&script, vec![]).await.unwrap()
    }

    /// Whether anything sticks out to the right.
    pub async fn scrolls_sideways(&self) -> bool {
        let script = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        self.driver.execute(script, vec![]).await.unwrap() == true
    }

    async fn devtools(&self, command: &str, parameters: serde_json::Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.driver.issue_cmd(DevTools(body.to_string())).await.unwrap();
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // chromedriver ends its browsers with itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
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

async fn connect(port: u16) -> Client {
    let arguments = [
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
    let preferences = json!({ "profile.block_third_party_cookies": true, "profile.cookie_controls_mode": 1 });
    let capabilities = json!({ "goog:chromeOptions": { "args": arguments, "prefs": preferences } });
    let capabilities = capabilities.as_object().unwrap().clone();
    for _ in 0..100 {
        let mut builder = ClientBuilder::rustls().unwrap();
        let connected =
            builder.capabilities(capabilities.clone()).connect(&format!("http://127.0.0.1:{port}")).await;
        if let Ok(client) = connected {
            return client;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("chromedriver does not answer");
}
