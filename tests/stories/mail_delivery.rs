//! Letters on their way: what a mail server says decides what becomes of one; of many nodes one sends it, and what a node that
//! died had in its hands is sent by the next.

use crate::mail::{events, failed_with, letter_that, letters, provider, senders, set_password};
use crate::own_process::idp_server;
use crate::schema::execute;
use idp_server::app::App;
use idp_server::config::{ConfigDuration, MailTls};
use idp_server::db::mails::State;
use idp_server::installation::Installation;
use idp_server::store::master_key::MasterKeyChange;
use idp_server::task;
use idp_tests::smtp_sink::{Behaviour, SmtpSink};
use idp_tests::{ClientSpec, SignedIn, TestIdp, eventually};
use std::collections::BTreeSet;
use std::sync::Arc;

const DAY: i64 = 24 * 60 * 60;

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
            assert!(idp.operator().retry_mail(tried.id, idp.clock.now()).await.is_ok());
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
        config.mail.time_limit = ConfigDuration::seconds(1);
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

/// The server took it and could not say so: the sender cannot know. The second letter has the id of the first.
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
    assert!(idp.operator().retry_mail(id, idp.clock.now()).await.is_err());
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

/// Letters under a master key that is gone.
#[tokio::test]
async fn a_letter_that_cannot_be_read_any_more_is_given_up() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    idp.add_user("alice").await;
    set_password(&idp, "alice").await;
    execute(&idp.db, "UPDATE mails SET sealed = 'of another key'").await.unwrap();
    let _senders = senders(&idp);
    let given_up = letter_that(&idp, |mail| mail.state == State::GivenUp).await;
    assert!(given_up.last_error.unwrap().contains("master key"));
    assert!(sink.taken().is_empty());
}

/// Another node may have the key that it needs.
#[tokio::test]
async fn a_letter_that_cannot_be_read_while_the_master_key_is_rotated_waits() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    idp.add_user("alice").await;
    set_password(&idp, "alice").await;
    execute(&idp.db, "UPDATE mails SET sealed = 'of another key'").await.unwrap();
    let seals = idp.app.seals().fingerprints[0].clone();
    let change = MasterKeyChange { current: seals, next: "0123456789abcdef".to_owned() };
    assert!(idp.app.store.announce_master_key(change).await.unwrap());
    let _senders = senders(&idp);
    let waits = letter_that(&idp, |mail| mail.state == State::Pending && mail.last_error.is_some()).await;
    assert!(waits.last_error.unwrap().contains("master key"));
    assert!(sink.taken().is_empty());
}
