//! Sites A and B of a story: the demonstration site twice, on ports of their own, by the story's clock.

use crate::{ClientSpec, TestIdp};
use demo_site::SiteConfig;
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::redirect_uri::RedirectUri;
use resource_sdk::{Clock, ManualClock, UnixTime};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

/// A running site. It stops when dropped.
pub struct TestSite {
    /// `http://<host>:<port>`.
    pub base_url: String,
    /// Its registration at the provider.
    pub spec: ClientSpec,
    clock: ManualClock,
    server: actix_web::dev::ServerHandle,
}

impl TestSite {
    /// Starts a site called `name` at `<host>.localhost` and registers it at `idp`.
    pub async fn start(idp: &TestIdp, host: &str, name: &str) -> Self {
        Self::start_with(idp, host, name, |_, _| {}).await
    }

    /// The same with a changed registration and changed settings.
    pub async fn start_with(
        idp: &TestIdp,
        host: &str,
        name: &str,
        change: impl FnOnce(&mut ClientSpec, &mut SiteConfig),
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let base_url = format!("http://{host}.localhost:{}", address.port());
        let mut spec = registration(host, name, &base_url);
        let clock = ManualClock::new(UnixTime::from_secs(idp.clock.now().as_secs()));
        let mut config = SiteConfig::new(name, &base_url, &idp.issuer, spec.id(), address);
        config.clock = Clock::Manual(clock.clone());
        let mut config = config.with_secret(spec.secret.clone().unwrap());
        change(&mut spec, &mut config);
        idp.add_client(&spec).await;
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = demo_site::run_on(config, listener).unwrap();
                sender.send(server.handle()).unwrap();
                server.await
            })
        });
        Self { base_url, spec, clock, server: receiver.recv().unwrap() }
    }

    /// An address on it.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// Moves its clock on.
    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

impl Drop for TestSite {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// Turns the clocks of the provider and its sites together.
pub fn advance_all(idp: &TestIdp, sites: &[&TestSite], seconds: u32) {
    idp.clock.advance(i64::from(seconds));
    for site in sites {
        site.advance(u64::from(seconds));
    }
}

fn registration(host: &str, name: &str, base_url: &str) -> ClientSpec {
    let mut spec = ClientSpec::confidential(&format!("site-{host}"));
    let uris = |paths: [&str; 2]| {
        paths.map(|path| RedirectUri::parse(&format!("{base_url}{path}")).unwrap()).to_vec()
    };
    spec.client.metadata.name = name.to_owned();
    spec.client.metadata.audience = base_url.to_owned();
    spec.client.metadata.redirect_uris = uris(["/auth/callback", "/app/auth/callback"]);
    spec.client.metadata.post_logout_redirect_uris = uris(["/auth/logged-out", "/app/auth/logged-out"]);
    let uri = BackchannelLogoutUri::parse(&format!("{base_url}/auth/backchannel-logout")).unwrap();
    spec.client.metadata.backchannel_logout_uri = Some(uri);
    spec.client.metadata.backchannel_logout_session_required = true;
    spec
}
