//! Letters to people: written with what they are about, sent at least once, to nobody who has not shown that the address is
//! theirs; and what becomes of one that is not taken.

use crate::own_process::idp_server;
use crate::schema::ask;
use idp_core::user::{ClaimsChange, StandardClaims};
use idp_core::username::Username;
use idp_server::app::App;
use idp_server::clock::Clock;
use idp_server::config::MailTls;
use idp_server::db::mails::{self, Mail, State};
use idp_server::directory::users::UserChange;
use idp_server::installation::Installation;
use idp_server::page::InboxPage;
use idp_server::task::{self, Tasks};
use idp_tests::smtp_sink::{Behaviour, FROM, SmtpSink};
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp, backend, eventually, typed};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

/// A provider that sends to `sink`.
async fn provider(sink: &SmtpSink) -> TestIdp {
    TestIdp::start_with(|config| sink.serve(config)).await
}

/// Every node sends.
fn senders(idp: &TestIdp) -> Vec<Tasks> {
    idp.nodes().map(task::send_letters).collect()
}

/// Every letter, the newest first.
async fn letters(idp: &TestIdp) -> Vec<Mail> {
    let page = idp.db.read(|connection| mails::page(connection, None, 1000)).await.unwrap();
    page.into_iter().map(|(mail, _)| mail).collect()
}

/// Waits until there is one letter, and it is as it should be.
async fn letter_that(idp: &TestIdp, is_so: impl Fn(&Mail) -> bool) -> Mail {
    eventually("the letter is as it should be", async || {
        let found = letters(idp).await;
        if found.len() == 1 && is_so(&found[0]) { Ok(found[0].clone()) } else { Err(found) }
    })
    .await
}

fn failed_with<'a>(words: &'a str) -> impl Fn(&Mail) -> bool + 'a {
    move |mail| {
        mail.leased_until_ms == 0 && mail.last_error.as_deref().is_some_and(|error| error.contains(words))
    }
}

/// Sets the password of a user, which is told to them.
async fn set_password(idp: &TestIdp, name: &str) {
    let (username, now) = (Username::parse(name).unwrap(), idp.clock.now());
    idp.app.directory().set_password(&username, typed("a walk along 7 rivers"), now).await.unwrap();
}

async fn events(idp: &TestIdp) -> Vec<String> {
    let of_mail =
        "SELECT event || ' ' || detail AS word FROM audit_events WHERE event LIKE 'mail_%' ORDER BY id";
    ask(&idp.db, of_mail).await
}

#[tokio::test]
async fn a_sign_in_on_a_new_device_is_told_and_one_on_a_known_device_is_not() {
    let sink = SmtpSink::start().await;
    let story = SignedIn::on(provider(&sink).await, ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let _senders = senders(idp);
    // The first device of an account is no news, and neither is the same one again.
    let again = story.browser.visit(idp.authorize_url(site, &[("prompt", "login")])).await;
    assert_eq!(story.browser.log_in_as(&again, "alice", PASSWORD).await.status, 303);
    assert!(letters(idp).await.is_empty());

    let second = idp.browser();
    second.sign_in_for_tokens(idp, site, "alice").await;
    let letter = sink.takes(1).await.remove(0);
    assert_eq!((letter.from.as_str(), letter.to.clone()), (FROM, vec!["alice@example.org".to_owned()]));
    assert_eq!(letter.header("Subject"), "New sign-in to your account");
    assert_eq!(letter.header("From"), format!("Sign-in <{FROM}>"));
    assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
    let id = letters(idp).await[0].id;
    assert_eq!(letter.header("Message-ID"), format!("<{id}@idp.localhost>"));
    for part in [letter.part("text/plain"), letter.part("text/html")] {
        assert!(part.contains("alice") && part.contains(&idp.url("/account/devices")), "{part}");
    }
    assert!(letter.raw.find("text/plain") < letter.raw.find("text/html"), "a reader takes the last it can");

    // Known by now, also after everything was signed out.
    set_password(idp, "alice").await;
    let page = second.visit(idp.authorize_url(site, &[])).await;
    assert_eq!(second.log_in_as(&page, "alice", "a walk along 7 rivers").await.status, 303);
    let about: Vec<String> = sink.takes(2).await.iter().map(|letter| letter.header("Subject")).collect();
    assert_eq!(about, ["New sign-in to your account", "Your password was changed"]);
}

#[tokio::test]
async fn another_person_s_device_is_new_for_this_one() {
    let sink = SmtpSink::start().await;
    let story = SignedIn::on(provider(&sink).await, ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    idp.add_user("bob").await;
    let bobs = idp.browser();
    bobs.sign_in_for_tokens(idp, &story.site, "bob").await;
    assert!(letters(idp).await.is_empty());
    let page = story.browser.visit(idp.authorize_url(&story.site, &[("prompt", "login")])).await;
    let switched = story.browser.press(&page, "switch_account", &[]).await;
    let page = story.browser.follow(switched).await;
    assert_eq!(story.browser.log_in_as(&page, "bob", PASSWORD).await.status, 303);
    let told = letters(idp).await;
    assert_eq!(told.len(), 1, "Alice's browser is new for Bob");
    assert_ne!(told[0].user, Some(story.alice));
}

#[tokio::test]
async fn a_letter_is_in_the_language_of_the_person_and_not_of_whoever_signs_in() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    let claims = StandardClaims {
        email: Some("li@example.org".to_owned()),
        email_verified: Some(true),
        locale: Some("zh-Hans".to_owned()),
        ..StandardClaims::default()
    };
    idp.add_user_with("li", claims).await;
    let _senders = senders(&idp);
    set_password(&idp, "li").await;
    let letter = sink.takes(1).await.remove(0);
    assert!(letter.header("Subject").starts_with("=?utf-8?"), "{}", letter.header("Subject"));
    assert!(letter.part("text/plain").starts_with("您账号的密码已更改"), "{}", letter.part("text/plain"));
    assert!(letter.part("text/html").contains("lang=\"zh-CN\""));
    assert!(letter.raw.is_ascii(), "a server without 8BITMIME takes it as well");
}

#[tokio::test]
async fn nobody_is_written_to_at_an_address_that_was_never_verified_and_nothing_without_a_server() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    let email = Some("eve@example.org".to_owned());
    for (name, email_verified) in [("claimed", None), ("unverified", Some(false))] {
        idp.add_user_with(
            name,
            StandardClaims { email: email.clone(), email_verified, ..StandardClaims::default() },
        )
        .await;
        set_password(&idp, name).await;
    }
    assert!(letters(&idp).await.is_empty());

    let without = TestIdp::start().await;
    without.add_user("alice").await;
    set_password(&without, "alice").await;
    assert!(letters(&without).await.is_empty());
    assert!(without.app.store.letter_queued().is_none());
}

#[tokio::test]
async fn s24_s111_what_a_letter_says_is_sealed_at_rest_and_gone_once_it_was_sent() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    idp.add_user("carol").await;
    set_password(&idp, "carol").await;
    let waiting = letter_that(&idp, |mail| mail.state == State::Pending).await;
    let sealed = waiting.sealed.clone().unwrap();
    for secret in ["carol", "example", "password"] {
        assert!(!sealed.contains(secret), "{secret} in {sealed}");
    }
    // Under the key of letters, for this letter.
    let seals = idp.app.seals();
    assert!(seals.letter.open::<serde_json::Value>(&sealed, &waiting.id.to_string()).is_some());
    assert!(seals.letter.open::<serde_json::Value>(&sealed, "").is_none());
    assert!(seals.transaction.open::<serde_json::Value>(&sealed, &waiting.id.to_string()).is_none());

    let _senders = senders(&idp);
    let sent = letter_that(&idp, |mail| mail.state == State::Sent).await;
    assert_eq!((sent.sealed, sent.attempts, sent.last_error), (None, 1, None));
    assert!(sent.sent_ms.is_some());
    assert_eq!(events(&idp).await, ["mail_sent password_set"]);
}

#[tokio::test]
async fn what_the_server_says_decides_whether_a_letter_is_tried_again() {
    for (behaviour, error, is_final) in [
        (Behaviour::Answers("RCPT", 550), "refused the letter (smtp 550)", true),
        (Behaviour::Answers("MAIL", 553), "refused the letter (smtp 553)", true),
        (Behaviour::Answers("DATA", 554), "refused the letter (smtp 554)", true),
        (Behaviour::Answers("RCPT", 451), "does not take the letter now (smtp 451)", false),
        (Behaviour::Answers("DATA", 452), "does not take the letter now (smtp 452)", false),
        (Behaviour::Answers("EHLO", 550), "would not begin (smtp 550)", false),
        (Behaviour::Greets(554), "would not begin (smtp 554)", false),
        (Behaviour::Greets(421), "would not begin (smtp 421)", false),
        (Behaviour::HangsUpInLetter, "connection to the mail server failed", false),
    ] {
        let sink = SmtpSink::start().await;
        sink.behave(behaviour);
        let idp = provider(&sink).await;
        idp.add_user("alice").await;
        set_password(&idp, "alice").await;
        let senders = senders(&idp);
        let tried =
            letter_that(&idp, |mail| mail.last_error.as_deref().is_some_and(|words| words.contains(error)))
                .await;
        assert_eq!(tried.state == State::GivenUp, is_final, "{error}");
        assert!(!tried.last_error.unwrap().contains("peer"), "text of the server's");
        assert!(sink.taken().is_empty());

        sink.behave(Behaviour::Takes);
        if is_final {
            assert_eq!(events(&idp).await.len(), 1, "given up, and on record");
            // It rests, sealed, until it is worth nothing: the operator may have mended what was wrong.
            assert!(idp.app.store.retry_mail(tried.id, idp.clock.now_ms()).await.unwrap());
        } else {
            assert!((5_000..=10_000).contains(&(tried.next_attempt_ms - idp.clock.now_ms())));
            idp.clock.advance(10);
        }
        assert_eq!(letter_that(&idp, |mail| mail.state == State::Sent).await.attempts, 2, "{error}");
        assert_eq!(sink.taken().len(), 1);
        drop(senders);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_holds_up_no_sign_in_and_is_tried_again() {
    let sink = SmtpSink::start().await;
    sink.behave(Behaviour::IsSilent);
    let idp = TestIdp::start_with(|config| {
        sink.serve(config);
        config.mail.time_limit = idp_server::config::ConfigDuration::seconds(1);
    })
    .await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let _senders = senders(idp);
    set_password(idp, "alice").await;
    eventually("the letter is on its way", async || sink.connections() > 0).await;
    idp.add_user("bob").await;
    idp.browser().sign_in_for_tokens(idp, &story.site, "bob").await;
    letter_that(idp, failed_with("no answer of the mail server in time")).await;
}

/// The server took it and could not say so: nobody can know. The second letter has the id of the first.
#[tokio::test]
async fn a_letter_whose_yes_was_lost_comes_twice_under_one_id() {
    let sink = SmtpSink::start().await;
    sink.behave(Behaviour::HangsUpBeforeItsYes);
    let idp = provider(&sink).await;
    idp.add_user("alice").await;
    let _senders = senders(&idp);
    set_password(&idp, "alice").await;
    letter_that(&idp, failed_with("connection")).await;
    sink.behave(Behaviour::Takes);
    idp.clock.advance(10);
    letter_that(&idp, |mail| mail.state == State::Sent).await;
    let ids: BTreeSet<String> =
        sink.takes(2).await.iter().map(|letter| letter.header("Message-ID")).collect();
    assert_eq!(ids.len(), 1);
}

/// Another node over the same data.
async fn another_node(idp: &TestIdp) -> Arc<App> {
    let Installation { db, master, .. } = Installation::open(&idp.app.config.storage).unwrap();
    App::build(idp.app.config.clone(), db, &master, idp.clock.clone()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn s106_two_nodes_send_each_letter_once() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    for number in 0..30 {
        let name = format!("person-{number}");
        idp.add_user(&name).await;
        set_password(&idp, &name).await;
    }
    let second = another_node(&idp).await;
    let _senders = (senders(&idp), task::send_letters(&second));
    eventually("all are sent", async || letters(&idp).await.iter().all(|mail| mail.state == State::Sent))
        .await;
    let taken = sink.taken();
    let ids: BTreeSet<String> = taken.iter().map(|letter| letter.header("Message-ID")).collect();
    assert_eq!((taken.len(), ids.len()), (30, 30));
    assert!(letters(&idp).await.iter().all(|mail| mail.attempts == 1));
}

#[tokio::test]
async fn a_letter_that_waited_too_long_is_not_sent_and_what_it_said_is_forgotten() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    for name in ["alice", "bob"] {
        idp.add_user(name).await;
        set_password(&idp, name).await;
    }
    idp.clock.advance(3 * DAY);
    {
        let _senders = senders(&idp);
        let given_up = async || letters(&idp).await.iter().all(|mail| mail.state == State::GivenUp);
        eventually("both are given up", given_up).await;
    }
    assert!(sink.taken().is_empty());
    let id = letters(&idp).await[0].id;
    assert!(!idp.app.store.retry_mail(id, idp.clock.now_ms()).await.unwrap());
    // The hourly clean-up, which also finds letters that no node was there to send.
    idp.add_user("carol").await;
    set_password(&idp, "carol").await;
    idp.app.store.clean_up(idp.clock.now()).await;
    let sealed = async || letters(&idp).await.iter().filter(|mail| mail.sealed.is_some()).count();
    assert_eq!(sealed().await, 1, "carol's is young");
    idp.app.store.clean_up(idp.clock.now().plus(3 * DAY)).await;
    assert_eq!(sealed().await, 0);
    assert!(letters(&idp).await.iter().all(|mail| mail.state == State::GivenUp));
    idp.app.store.clean_up(idp.clock.now().plus(40 * DAY)).await;
    assert!(letters(&idp).await.is_empty());
}

#[tokio::test]
async fn nobody_is_flooded_and_the_letters_of_a_removed_person_go_with_them() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    let alice = Username::parse("alice").unwrap();
    idp.add_user("alice").await;
    for _ in 0..7 {
        set_password(&idp, "alice").await;
    }
    assert_eq!(letters(&idp).await.len(), 5);
    idp.clock.advance(HOUR + 1);
    set_password(&idp, "alice").await;
    assert_eq!(letters(&idp).await.len(), 6);
    idp.app.directory().remove_user(&alice, idp.clock.now()).await.unwrap();
    assert!(letters(&idp).await.is_empty());
}

#[tokio::test]
async fn a_letter_goes_to_the_address_of_the_moment_it_was_written() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    let alice = Username::parse("alice").unwrap();
    idp.add_user("alice").await;
    set_password(&idp, "alice").await;
    let mut claims = ClaimsChange::default();
    for (name, value) in [("email", "thief@example.org"), ("email_verified", "true")] {
        claims = claims.and(ClaimsChange::set(name, value).unwrap()).unwrap();
    }
    let change = UserChange { username: None, claims };
    idp.app.directory().change_user(&alice, change, idp.clock.now()).await.unwrap();
    let _senders = senders(&idp);
    assert_eq!(sink.takes(1).await[0].to, ["alice@example.org"]);
}

#[tokio::test]
async fn s111_without_tls_nothing_is_said_to_a_server_that_must_have_it() {
    let sink = SmtpSink::start().await;
    let idp = TestIdp::start_with(|config| {
        sink.serve(config);
        config.mail.tls = MailTls::Required;
    })
    .await;
    idp.add_user("alice").await;
    set_password(&idp, "alice").await;
    let _senders = senders(&idp);
    letter_that(&idp, failed_with("no TLS with the mail server")).await;
    assert!(sink.taken().is_empty());
}

/// `kill -9` after the mail server took a letter and before that was written down, and between claim and sending.
#[tokio::test]
async fn s105_a_node_that_dies_with_a_letter_in_its_hands_leaves_it_to_the_next() {
    for (point, taken_by_the_dead) in [("letter claimed:1", 0), ("letter sent:1", 1)] {
        let sink = SmtpSink::start().await;
        let idp = provider(&sink).await;
        idp.add_user("alice").await;
        set_password(&idp, "alice").await;
        let (port, issuer) = (idp.address.port(), format!("issuer.url={}", idp.issuer));
        let clock = idp.clock.clone();
        let folder = idp.stop().await;
        let port_is = format!("listen.port={port}");
        let settings = sink.settings();
        let mut arguments = vec!["--set", &port_is, "--set", &issuer];
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
        arguments.push("serve");
        let mut dying = idp_server(folder.path(), &arguments).env("FAULT_POINT", point).spawn().unwrap();
        eventually("it dies", async || dying.try_wait().unwrap().is_some()).await;
        assert_eq!(sink.taken().len(), taken_by_the_dead, "{point}");

        let idp = TestIdp::start_in(folder, clock, port, |config| sink.serve(config)).await;
        assert_eq!(letters(&idp).await[0].state, State::Pending);
        let _senders = senders(&idp);
        // Not before the lease is over.
        idp.clock.advance(3 * 60);
        letter_that(&idp, |mail| mail.state == State::Sent).await;
        let ids: BTreeSet<String> = sink
            .takes(taken_by_the_dead + 1)
            .await
            .iter()
            .map(|letter| letter.header("Message-ID"))
            .collect();
        assert_eq!(ids.len(), 1, "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_tries_lists_and_hurries_letters() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    idp.add_user("alice").await;
    let folder = idp.folder.path();
    let settings = sink.settings();
    let run = |arguments: &[&str]| {
        let mut all: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting.as_str()]).collect();
        all.extend(arguments);
        let output = idp_server(folder, &all).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        said + &String::from_utf8_lossy(&output.stderr)
    };
    let said = run(&["mail", "test", "root@example.org", "--language", "zh-CN"]);
    assert!(said.contains("took a letter to root@example.org"), "{said}");
    assert_eq!(sink.takes(1).await[0].to, ["root@example.org"]);
    assert!(letters(&idp).await.is_empty(), "past the outbox");
    let said = run(&["mail", "test", "not an address"]);
    assert!(said.contains("no letter can be sent there"), "{said}");
    sink.behave(Behaviour::Greets(554));
    let said = run(&["mail", "test", "root@example.org"]);
    assert!(said.contains("would not begin (smtp 554)") && said.contains("mail.user"), "{said}");

    set_password(&idp, "alice").await;
    let said = run(&["--json", "mail", "list"]);
    for expected in ["\"kind\":\"password_set\"", "\"username\":\"alice\"", "\"state\":\"pending\""] {
        assert!(said.replace(": ", ":").contains(expected), "{expected} in {said}");
    }
    assert!(!said.contains("@example.org"), "{said}");
    let id = letters(&idp).await[0].id.to_string();
    let said = run(&["mail", "retry", &id]);
    assert!(said.contains("is due now"), "{said}");
    let said = run(&["mail", "retry", &Uuid::nil().to_string()]);
    assert!(said.contains("no letter"), "{said}");
    let said =
        String::from_utf8(idp_server(folder, &["mail", "test", "a@b.example"]).output().unwrap().stderr);
    assert!(said.unwrap().contains("mail.server is not set"));
}

/// What a command queues is sent by the servers that run.
#[tokio::test(flavor = "multi_thread")]
async fn a_letter_of_a_command_is_sent_by_a_running_server() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    idp.add_user("alice").await;
    let _senders = senders(&idp);
    let settings = sink.settings();
    let mut arguments: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting.as_str()]).collect();
    arguments.extend(["user", "set-password", "alice", "--generate"]);
    let set = idp_server(idp.folder.path(), &arguments).output().unwrap();
    assert!(String::from_utf8_lossy(&set.stdout).contains("has a new password"), "{set:?}");
    // The command goes by the clock of the machine.
    idp.clock.advance(60);
    assert_eq!(sink.takes(1).await[0].header("Subject"), "Your password was changed");
}

#[tokio::test]
async fn a_demonstration_shows_its_letters_and_no_other_provider_has_such_a_page() {
    // One process, whose memory it is.
    let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::manual(Clock::System.now()));
    let idp = TestIdp::start_nodes(1, folder, clock, 0, |config| config.mail.to_inbox = true).await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let _sender = task::send_letters(&idp.app);
    let page = story.browser.visit(idp.url(InboxPage::PATH)).await;
    assert!(page.body.contains("inbox-none"), "{}", page.body);
    idp.browser().sign_in_for_tokens(idp, &story.site, "alice").await;
    let page = eventually("the letter is there", async || {
        let page = story.browser.visit(idp.url(InboxPage::PATH)).await;
        if page.body.contains("New sign-in") { Ok(page) } else { Err(page.body) }
    })
    .await;
    assert!(page.body.contains("alice@example.org"));
    let (_, rest) = page.body.split_once(&format!("href=\"{}/", InboxPage::PATH)).unwrap();
    let id = rest.split('"').next().unwrap();
    let document = story.browser.visit(idp.url(&format!("{}/{id}", InboxPage::PATH))).await;
    assert_eq!(document.status, 200);
    assert!(document.header("content-security-policy").contains("default-src 'none'"));
    for other in [Uuid::nil().to_string(), "x".to_owned()] {
        assert_eq!(story.browser.visit(idp.url(&format!("{}/{other}", InboxPage::PATH))).await.status, 404);
    }
    let plain = TestIdp::start().await;
    assert_eq!(plain.browser().visit(plain.url(InboxPage::PATH)).await.status, 404);
}

/// Letters under a master key that is gone.
#[tokio::test]
async fn a_letter_that_cannot_be_read_any_more_is_given_up() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    idp.add_user("alice").await;
    set_password(&idp, "alice").await;
    let other = idp_server::seals::Seals::new(&[7; 32]).unwrap();
    for node in idp.nodes() {
        node.store.change_letter_seal(Arc::clone(&other.letter));
    }
    let _senders = senders(&idp);
    let given_up = letter_that(&idp, |mail| mail.state == State::GivenUp).await;
    assert!(given_up.last_error.unwrap().contains("master key"));
    assert!(sink.taken().is_empty());
    let at_rest = backend::at_rest(idp.folder.path());
    assert!(!at_rest.is_empty());
}
