//! Letters through a mail server that others wrote: with a password and TLS of either kind, never without; and what else
//! a server may do.

use crate::mail::{letter_that, letters, senders, set_password};
use crate::own_process::{Serving, idp_server};
use crate::password_reset::{House, NEW, choose};
use base64::Engine as _;
use idp_server::config::{Config, ConfigDuration};
use idp_server::db::mails::{Mail, State};
use idp_server::task::{self, Tasks};
use idp_tests::aiosmtpd::{MailServer, PASSWORD};
use idp_tests::smtp_injector::SmtpInjector;
use idp_tests::smtp_sink::FROM;
use idp_tests::{TestIdp, backend, eventually};

/// A provider that sends to `server`, with one letter to send.
async fn with_a_letter(server: &MailServer, change: impl FnOnce(&mut Config)) -> (TestIdp, Vec<Tasks>) {
    let idp = TestIdp::start_with(|config| {
        server.serve(config);
        change(config);
    })
    .await;
    idp.add_user("alice").await;
    set_password(&idp, "alice").await;
    let senders = senders(&idp);
    (idp, senders)
}

/// Waits until the letter is so, and answers why its last try failed.
async fn until(idp: &TestIdp, is_so: impl Fn(&Mail) -> bool) -> String {
    letter_that(idp, is_so).await.last_error.unwrap_or_default()
}

fn failed(mail: &Mail) -> bool {
    mail.last_error.is_some() && mail.leased_until_ms == 0
}

fn sent(mail: &Mail) -> bool {
    mail.state == State::Sent
}

#[tokio::test(flavor = "multi_thread")]
async fn s111_a_letter_goes_by_password_and_tls_of_either_kind() {
    for server in [MailServer::with_starttls(), MailServer::with_tls_at_once()] {
        let (idp, _senders) = with_a_letter(&server, |_| ()).await;
        until(&idp, sent).await;
        let taken = server.takes(1).await.remove(0);
        assert_eq!((taken.user.as_str(), taken.tls), ("idp", true));
        assert_eq!(
            (taken.letter.from.as_str(), taken.letter.to.as_slice()),
            (FROM, &["alice@example.org".to_owned()][..])
        );
        assert!(taken.letter.part("text/plain").contains("The password of your account was changed"));
        assert!(taken.letter.part("text/html").starts_with("<!doctype html>"), "{}", taken.letter.raw);
        for (name, bytes) in backend::at_rest(idp.folder.path()) {
            let found = bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
            assert!(!found, "the password of the mail server in {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s111_a_certificate_that_does_not_fit_gets_no_password_and_no_letter() {
    for server in [MailServer::with_starttls(), MailServer::with_tls_at_once()] {
        let other_name = server.named("127.0.0.1");
        let unknown_authority: fn(&mut Config) = |config| config.mail.ca_file = None;
        let (idp, senders) = with_a_letter(&server, unknown_authority).await;
        assert!(until(&idp, failed).await.starts_with("no TLS"), "an authority that is not trusted");
        drop(senders);
        let (idp, _senders) =
            with_a_letter(&server, |config| config.mail.server = other_name.parse().ok()).await;
        assert!(until(&idp, failed).await.starts_with("no TLS"), "a name that is not the certificate's");
        assert!(server.taken().is_empty());
    }
}

/// An attacker on the path says what the server would behind TLS. The letter does not count as sent: it waits until they are gone.
#[tokio::test(flavor = "multi_thread")]
async fn s111_what_was_said_before_tls_counts_for_nothing_behind_it() {
    let server = MailServer::with_starttls();
    let on_the_way = SmtpInjector::before(server.port());
    let (idp, senders) = with_a_letter(&server, |config| {
        config.mail.server = format!("smtp://localhost:{}", on_the_way.port()).parse().ok();
    })
    .await;
    let error = until(&idp, |mail| failed(mail) || sent(mail)).await;
    assert!(error.starts_with("unexpected bytes of the mail server before TLS: an attack"), "{error}");
    assert_eq!(letters(&idp).await[0].state, State::Pending);
    assert!(server.taken().is_empty());
    on_the_way.go_away();
    idp.clock.advance(10);
    until(&idp, sent).await;
    let taken = server.takes(1).await.remove(0);
    assert!(taken.tls && taken.user == "idp");
    drop(senders);
}

/// Everything that is logged, of a letter that is sent and one that is not.
#[tokio::test(flavor = "multi_thread")]
async fn s111_no_log_holds_a_letter_its_address_or_the_password_of_the_mail_server() {
    let server = MailServer::with_starttls();
    let (idp, senders) = with_a_letter(&server, |_| ()).await;
    server.takes(1).await;
    until(&idp, sent).await;
    drop(senders);
    let (issuer, http) = (idp.issuer.clone(), idp.http.clone());
    let folder = idp.stop().await;
    let serving = Serving::start_with(folder.path(), &issuer, &http, &server.settings()).await;
    let set_password = || {
        let mut arguments: Vec<String> =
            server.settings().into_iter().flat_map(|setting| ["--set".to_owned(), setting]).collect();
        arguments.extend(["user", "set-password", "alice", "--generate", "--yes"].map(str::to_owned));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        assert!(idp_server(folder.path(), &arguments).output().unwrap().status.success());
    };
    set_password();
    server.takes(2).await;
    server.behave("unknown");
    set_password();
    let log = eventually("both are in the log", async || {
        let log = serving.log();
        if log.contains("letter sent") && log.contains("letter given up") { Ok(log) } else { Err(log) }
    })
    .await;
    let login = base64::engine::general_purpose::STANDARD.encode(format!("\0idp\0{PASSWORD}"));
    for secret in [PASSWORD, &login, "example.org", "of your account was changed", "nobody of that name"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_our_password_costs_no_letter() {
    let server = MailServer::with_starttls();
    server.change_password("another one");
    let (idp, senders) = with_a_letter(&server, |_| ()).await;
    let error = until(&idp, failed).await;
    assert_eq!(error, "the mail server would not let us sign in (smtp 535)");
    assert_eq!(letters(&idp).await[0].state, State::Pending);
    drop(senders);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_was_not_taken_is_tried_again_until_it_is() {
    let server = MailServer::with_starttls();
    for (word, expected) in [
        ("later", "the mail server does not take the letter now (smtp 451)"),
        ("cut", "the connection to the mail server failed"),
        ("slow", "no answer of the mail server in time"),
    ] {
        server.behave(word);
        let before = server.taken().len();
        let shorter = |config: &mut Config| config.mail.time_limit = ConfigDuration::seconds(2);
        let (idp, _senders) = with_a_letter(&server, shorter).await;
        assert_eq!(until(&idp, failed).await, expected, "{word}");
        server.behave("take");
        idp.clock.advance(10);
        until(&idp, sent).await;
        server.takes(before + 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_refused_is_given_up_and_can_be_sent_all_the_same() {
    let server = MailServer::with_starttls();
    for (word, code) in [("unknown", 550), ("full", 552)] {
        server.behave(word);
        let (idp, _senders) = with_a_letter(&server, |_| ()).await;
        let error = until(&idp, |mail| mail.state == State::GivenUp).await;
        assert_eq!(error, format!("the mail server refused the letter (smtp {code})"));
        server.behave("take");
        let id = letters(&idp).await[0].id;
        assert!(idp.operator().retry_mail(id, idp.clock.now()).await.is_ok());
        until(&idp, sent).await;
    }
}

/// By a server that others wrote, over TLS, to a page that the link in it opens.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_new_password_arrives_and_opens_its_page() {
    let server = MailServer::with_starttls();
    let house = House::on(TestIdp::start_with(|config| server.serve(config)).await).await;
    let _senders: Vec<Tasks> = house.idp.nodes().map(task::send_letters).collect();
    let browser = house.idp.browser();
    assert_eq!(house.ask(&browser, "alice@example.org").await.status, 200);
    let taken = server.takes(1).await.remove(0);
    assert!(taken.tls && taken.letter.to == ["alice@example.org"]);
    let prefix = house.idp.url("/reset-password?link=");
    let text = taken.letter.part("text/plain");
    let (_, rest) = text.split_once(&prefix).unwrap_or_else(|| panic!("no link: {text}"));
    let page = house.open(&browser, rest.split_whitespace().next().unwrap()).await;
    assert_eq!(choose(&browser, &page, NEW).await.status, 303);
    assert!(house.opens(NEW).await);
}
