//! What is wrong around the node: the issuer, what stands in front, clocks, mail, and sites.

use super::{Patient, setting, write};
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::time::UnixTime;
use idp_server::clock::Stopwatch;
use idp_tests::header_proxy::{self, Manners};
use idp_tests::ports::free_port;
use idp_tests::smtp_sink::{Behaviour, SmtpSink};
use idp_tests::{ClientSpec, TestIdp};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_at_the_issuer() {
    let patient = Patient::new().await;
    // Providers of the stories begin with the same keys.
    let elsewhere = TestIdp::start().await;
    elsewhere.operator().reset_keys(UnixTime(elsewhere.now())).await.unwrap();
    let sink = idp_tests::LogoutReceiver::new();
    let _listening = sink.listen();
    let at = |url: &str| format!("issuer.url={url}");
    let closed = at(&format!("http://idp.localhost:{}", free_port()));
    patient.looked_at(&[&closed]).await.names("provider", &["does not answer", "start the server"], 1);
    let other = at(&elsewhere.issuer);
    let words = ["another provider answers under this name", "storage.database_url"];
    patient.looked_at(&[&other]).await.names("provider", &words, 3);
    let no_provider = sink.uri.trim_end_matches("/logout").replace("receiver.", "idp.");
    let words = ["not as a provider does", "set issuer.url"];
    patient.looked_at(&[&at(&no_provider)]).await.names("provider", &words, 3);
    // The same provider under another name than the one that it goes by.
    let alias = at(&patient.issuer.replace("idp.localhost", "id.localhost"));
    patient.looked_at(&[&alias]).await.names("provider", &["leads to another provider", &patient.issuer], 3);
    // Where this provider is not reached no person signs in.
    let found = patient.examined(&[&other], &[]).await;
    assert!(found.says("not tried"), "{}", found.printed);
}

/// What stands in front: a forged address must not be believed, and the proxy must be.
#[tokio::test(flavor = "multi_thread")]
async fn s91_it_names_what_is_wrong_with_a_proxy() {
    let good = Patient::behind(Manners::Appends, "127.0.0.1").await;
    let found = good.examined(&["proxy.trusted=127.0.0.1"], &[]).await;
    found.is_well();
    assert!(found.says("says whom it speaks for"), "{}", found.printed);
    for (manners, trusted, words) in [
        (Manners::Appends, "10.0.0.1", ["is in front and not trusted", "add 127.0.0.1 to proxy.trusted"]),
        (Manners::HandsOn, "127.0.0.1", ["hands on what a client writes", "deploy/proxy"]),
        (Manners::Strips, "127.0.0.1", ["does not say whom it speaks for", "have the proxy set"]),
    ] {
        let patient = Patient::behind(manners, trusted).await;
        patient.looked_at(&[&format!("proxy.trusted={trusted}")]).await.names("proxy", &words, 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_a_clock_that_is_off_and_waits_for_nothing_for_ever() {
    let patient = Patient::behind(Manners::LivesInThePast, "127.0.0.1").await;
    let found = patient.looked_at(&["proxy.trusted=127.0.0.1"]).await;
    found.names("clock", &["ahead of that of", "NTP"], 1);
    let silent = free_port();
    header_proxy::start(silent, patient.port, Manners::IsSilent);
    let url = format!("issuer.url=http://idp.localhost:{silent}");
    let since = Stopwatch::start();
    patient.looked_at(&[&url]).await.names("provider", &["does not answer"], 1);
    assert!(since.elapsed() < Duration::from_secs(60), "{:?}", since.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_mail() {
    let patient = Patient::new().await;
    let sink = SmtpSink::start().await;
    let password = patient.file("password");
    write(&password, "hush-hush-hush\n", 0o600);
    let (file, server) = (setting("mail.password_file", &password), sink.settings());
    let base: Vec<&str> = server.iter().map(String::as_str).collect();
    let signed_in = [&base[..], &["mail.user=me", &file]].concat();
    let looked_at = async |settings: &[&str]| {
        let found = patient.looked_at(settings).await;
        assert!(!found.printed.contains("hush-hush"), "{}", found.printed);
        found
    };
    looked_at(&signed_in).await.names("mail", &["no way to sign in", "mail.user"], 1);
    sink.behave(Behaviour::Answers("AUTH", 535));
    looked_at(&signed_in).await.names(
        "mail",
        &["would not let us sign in (smtp 535)", "mail.password_file"],
        1,
    );
    sink.behave(Behaviour::Takes);
    let with_tls = [&base[..], &["mail.tls=required"]].concat();
    looked_at(&with_tls).await.names("mail", &["no TLS with the mail server", "mail.ca_file"], 1);
    sink.behave(Behaviour::IsSilent);
    let hurried = [&base[..], &["mail.time_limit=1s"]].concat();
    looked_at(&hurried).await.names("mail", &["no answer of the mail server in time", "mail.server"], 1);
    let down = format!("mail.server=smtp://127.0.0.1:{}", free_port());
    let down = [&base[..], &[down.as_str()]].concat();
    looked_at(&down).await.names("mail", &["the connection to the mail server failed", "mail.server"], 1);
    fs::set_permissions(&password, fs::Permissions::from_mode(0o644)).unwrap();
    looked_at(&signed_in).await.names("files", &["mail.password_file", "mode 0644"], 3);
    assert_eq!(sink.taken().len(), 0, "no letter goes out unasked");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_sites_that_cannot_be_told() {
    let site = |id: &str, uri: &str| {
        let mut spec = ClientSpec::confidential(id);
        spec.client.metadata.backchannel_logout_uri = Some(BackchannelLogoutUri::parse(uri).unwrap());
        spec
    };
    let port = free_port();
    let patient = Patient::with(async |idp| {
        idp.add_client(&site("nameless", "https://site.invalid/logout")).await;
        idp.add_client(&site("private", "https://10.0.0.1/logout")).await;
        idp.add_client(&site("down", &format!("http://site.localhost:{port}/logout"))).await;
        idp.add_client(&site("moved", &format!("{}/no-such-page", idp.issuer))).await;
    })
    .await;
    let found = patient.looked_at(&[]).await;
    for (id, words) in [
        ("nameless", ["its name does not resolve", "set the name right in DNS"]),
        ("private", ["the address is not public", "backchannel.allow_networks"]),
        ("down", ["the connection failed", "see that the site runs"]),
        ("moved", ["nothing at this address", "client set moved --backchannel-logout-uri"]),
    ] {
        found.names(&format!("sites: {id},"), &words, 1);
    }
}

/// What browsers are shown at the issuer, by the server or by a proxy.
#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_the_certificate_that_the_world_sees() {
    let good = idp_tests::reverse_proxy::CERTIFICATE;
    let (patient, settings) = Patient::with_certificate(good).await;
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let authority = patient.file("own.crt");
    let found = patient.examined(&settings, &["--ca-file", authority.to_str().unwrap()]).await;
    found.is_well();
    assert!(
        found.says("certificate seen") && found.says("a throw-away person signed in"),
        "{}",
        found.printed
    );
    // No authority that this machine knows has signed it.
    patient.looked_at(&settings).await.names("provider", &["does not answer", "--ca-file"], 1);
    let expired =
        (include_str!("../../testdata/tls/expired.crt"), include_str!("../../testdata/tls/expired.key"));
    let (patient, settings) = Patient::with_certificate(expired).await;
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let found = patient.looked_at(&settings).await;
    found.names("certificate seen", &["it ended on 2020-02-01", "renew the certificate"], 3);
}
