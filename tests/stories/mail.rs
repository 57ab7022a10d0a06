//! Letters to people: written with what they are about, in the language of the person, only to people who have shown that the
//! address is theirs, and read by no one else. What becomes of one is in `mail_delivery`.

use crate::own_process::idp_server;
use crate::schema::ask;
use idp_core::mail_address::MailAddress;
use idp_core::user::{AddressChange, StandardClaims};
use idp_core::username::Username;
use idp_server::clock::Clock;
use idp_server::db::mails::{self, Mail, State};
use idp_server::directory::users::UserChange;
use idp_server::page::InboxPage;
use idp_server::task::{self, Tasks};
use idp_tests::smtp_sink::{Behaviour, FROM, SmtpSink, TakenLetter};
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp, eventually, typed};
use uuid::Uuid;

const HOUR: i64 = 60 * 60;

/// A provider that sends to `sink`.
pub async fn provider(sink: &SmtpSink) -> TestIdp {
    TestIdp::start_with(|config| sink.serve(config)).await
}

/// Every node sends.
pub fn senders(idp: &TestIdp) -> Vec<Tasks> {
    idp.nodes().map(task::send_letters).collect()
}

/// Every letter, the newest first.
pub async fn letters(idp: &TestIdp) -> Vec<Mail> {
    idp.db.read(|connection| mails::page(connection, None, 1000)).await.unwrap()
}

/// Waits until there is one letter, and it is as it should be.
pub async fn letter_that(idp: &TestIdp, is_so: impl Fn(&Mail) -> bool) -> Mail {
    eventually("the letter is as it should be", async || {
        let found = letters(idp).await;
        if found.len() == 1 && is_so(&found[0]) { Ok(found[0].clone()) } else { Err(found) }
    })
    .await
}

pub fn failed_with<'a>(words: &'a str) -> impl Fn(&Mail) -> bool + 'a {
    move |mail| {
        mail.leased_until_ms == 0 && mail.last_error.as_deref().is_some_and(|error| error.contains(words))
    }
}

/// Sets the password of a user, which is told to them.
pub async fn set_password(idp: &TestIdp, name: &str) {
    let (username, now) = (Username::parse(name).unwrap(), idp.clock.now());
    idp.operator().set_password(&username, typed("a walk along 7 rivers"), now).await.unwrap();
}

pub async fn events(idp: &TestIdp) -> Vec<String> {
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
        assert!(part.contains("alice") && part.contains(&idp.url("/not-me?link=ml.")), "{part}");
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
async fn a_letter_is_in_the_language_of_the_person_and_not_of_the_one_who_signs_in() {
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
    idp.operator().remove_user(&alice, idp.clock.now()).await.unwrap();
    assert!(letters(&idp).await.is_empty());
}

#[tokio::test]
async fn a_letter_goes_to_the_address_of_the_moment_it_was_written() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    let alice = Username::parse("alice").unwrap();
    idp.add_user("alice").await;
    set_password(&idp, "alice").await;
    let address = |text| MailAddress::parse(text).unwrap();
    let addresses = vec![
        AddressChange::Vouch(address("thief@example.org")),
        AddressChange::MakePrimary(address("thief@example.org")),
        AddressChange::Remove(address("alice@example.org")),
    ];
    let change = UserChange { addresses, ..UserChange::default() };
    idp.operator().change_user(&alice, change, idp.clock.now()).await.unwrap();
    let _senders = senders(&idp);
    // Of the password, and of each change.
    assert!(sink.takes(4).await.iter().all(|letter| letter.to == ["alice@example.org"]));
}

#[tokio::test]
async fn a_letter_goes_to_every_verified_address_and_to_no_other() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    let alice = Username::parse("alice").unwrap();
    idp.add_user("alice").await;
    let address = |text| MailAddress::parse(text).unwrap();
    let addresses = vec![
        AddressChange::Vouch(address("work@example.org")),
        AddressChange::Add(address("stranger@example.org")),
    ];
    let change = UserChange { addresses, ..UserChange::default() };
    idp.operator().change_user(&alice, change, idp.clock.now()).await.unwrap();
    set_password(&idp, "alice").await;
    let _senders = senders(&idp);
    let about = |letter: &TakenLetter| letter.header("Subject") == "Your password was changed";
    let mut to: Vec<String> =
        sink.takes(3).await.into_iter().filter(about).flat_map(|letter| letter.to).collect();
    to.sort();
    assert_eq!(to, ["alice@example.org", "work@example.org"]);
    assert_eq!(letters(&idp).await.len(), 3, "the new address is told of to the other");
}

#[tokio::test]
async fn a_person_who_changes_their_password_is_told() {
    let sink = SmtpSink::start().await;
    let story = SignedIn::on(provider(&sink).await, ClientSpec::confidential("site-a")).await;
    let page = story.browser.open(story.idp.url("/account/password")).await;
    let typed = [("password", PASSWORD), ("new_password", "a walk along 7 rivers")];
    assert_eq!(story.browser.press(&page, "", &typed).await.status, 303);
    let _senders = senders(&story.idp);
    assert_eq!(sink.takes(1).await[0].header("Subject"), "Your password was changed");
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
    arguments.extend(["user", "set-password", "alice", "--generate", "--yes"]);
    let set = idp_server(idp.folder.path(), &arguments).output().unwrap();
    assert!(String::from_utf8_lossy(&set.stdout).contains("has a new password"), "{set:?}");
    // The command goes by the clock of the machine, which has gone on since the story began: its letter is not due before, so
    // no lease is under way that this could end.
    let behind = Clock::System.now().seconds_since(idp.clock.now()) + 1;
    idp.clock.advance(behind.max(0));
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
