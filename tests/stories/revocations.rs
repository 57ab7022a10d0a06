//! The revocation log: the transaction that ends something writes what ended, once; and what sites then confirm.
//! How it travels is told in `feed`.

use crate::own_process::idp_server;
use idp_core::client::ClientId;
use idp_core::device::DevicePolicy;
use idp_core::revocation::Revocation;
use idp_core::session::EndCause;
use idp_server::clock::Stopwatch;
use idp_server::db::audit_events::AuditContext;
use idp_server::db::{feed_acknowledgements, revocations};
use idp_server::hash_pool::WorkOf;
use idp_server::store::revoke::Target;
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp, eventually, jwt, within};
use reqwest::Response;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// The log as a reader follows it who was there from the start.
struct Log {
    read_up_to: i64,
    causes: BTreeSet<&'static str>,
}

impl Log {
    fn new() -> Self {
        Self { read_up_to: 0, causes: BTreeSet::new() }
    }

    /// What was written since: kind, value and cause of each entry.
    async fn news(&mut self, idp: &TestIdp) -> Vec<(&'static str, String, &'static str)> {
        let from = self.read_up_to;
        let entries = idp.db.read(move |connection| revocations::after(connection, from)).await.unwrap();
        let numbers: Vec<i64> = entries.iter().map(|entry| entry.number).collect();
        assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
        self.read_up_to = numbers.last().copied().unwrap_or(from);
        self.causes.extend(entries.iter().map(|entry| entry.cause.as_str()));
        let told =
            |entry: Revocation| (entry.revoked.kind.as_str(), entry.revoked.value, entry.cause.as_str());
        entries.into_iter().map(told).collect()
    }

    #[track_caller]
    fn is<const N: usize>(
        news: &[(&'static str, String, &'static str)],
        expected: [(&str, &str, EndCause); N],
    ) {
        let expected = expected.map(|(kind, value, cause)| (kind, value.to_owned(), cause.as_str()));
        assert_eq!(news, expected);
    }
}

fn claim(token: &str, name: &str) -> String {
    jwt::claims(token)[name].as_str().unwrap().to_owned()
}

fn grant_of(token: &str) -> String {
    claim(token, "jti").split('.').next().unwrap().to_owned()
}

async fn end(idp: &TestIdp, target: Target, cause: EndCause) -> bool {
    idp.app.store.revoke(target, cause, AuditContext::default(), idp.clock.now()).await.unwrap()
}

#[tokio::test]
async fn m09_every_cause_is_written_down_once_and_nothing_is_when_nothing_ended() {
    let mut causes = BTreeSet::new();
    causes.extend(tokens_end().await);
    causes.extend(sessions_end().await);
    causes.extend(devices_take_each_others_place().await);
    causes.extend(operators_end().await);
    causes.extend(sites_are_disconnected().await);
    causes.extend(a_person_has_their_account_deleted().await);
    // What only expires is void by its own times: no site needs to hear of it.
    let all = EndCause::ALL.into_iter().filter(|cause| *cause != EndCause::Expired);
    assert_eq!(causes, all.map(EndCause::as_str).collect());
}

async fn sites_are_disconnected() -> BTreeSet<&'static str> {
    let (idp, mut log) = (TestIdp::start().await, Log::new());
    let site = ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    let (alice, browser) = (idp.add_user("alice").await, idp.browser());
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    let asked = browser.follow(answer).await;
    let allowed = browser.press(&asked, "allow", &[]).await;
    let tokens = idp.redeem(&site, &allowed.redirect_param("code").unwrap()).await;
    let (grant, client) = (grant_of(tokens.text("access_token")), Arc::new(site.client.clone()));
    for _ in 0..2 {
        let (client, now) = (Arc::clone(&client), idp.clock.now());
        idp.app.store.disconnect_site(alice, client, AuditContext::default(), now).await.unwrap();
    }
    Log::is(&log.news(&idp).await, [("grant", &grant, EndCause::ConsentWithdrawn)]);
    log.causes
}

async fn a_person_has_their_account_deleted() -> BTreeSet<&'static str> {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, mut log, browser) = (&story.idp, Log::new(), &story.browser);
    let page = browser.open(idp.url("/account/delete")).await;
    for _ in 0..2 {
        assert_eq!(browser.press(&page, "", &[("understood", "yes")]).await.status, 303);
    }
    let (alice, sid) = (story.alice.to_string(), claim(story.access_token(), "sid"));
    let (of_user, of_session) = (("sub", &*alice), ("sid", &*sid));
    let cause = EndCause::AccountDeleted;
    Log::is(&log.news(idp).await, [of_user, of_session].map(|(kind, value)| (kind, value, cause)));
    log.causes
}

async fn tokens_end() -> BTreeSet<&'static str> {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, mut log) = (&story.idp, &story.site, Log::new());
    for _ in 0..2 {
        assert_eq!(idp.post_as(site, "/revoke", &[("token", story.access_token())]).await.status, 200);
    }
    Log::is(&log.news(idp).await, [("jti", &claim(story.access_token(), "jti"), EndCause::RevokedByClient)]);

    for _ in 0..2 {
        assert_eq!(idp.post_as(site, "/revoke", &[("token", story.refresh_token())]).await.status, 200);
    }
    Log::is(&log.news(idp).await, [("grant", &grant_of(story.access_token()), EndCause::RevokedByClient)]);

    let code = story.code().await;
    let opened = idp.redeem(site, &code).await;
    for _ in 0..3 {
        assert_eq!(idp.redeem(site, &code).await.status, 400);
    }
    Log::is(&log.news(idp).await, [("grant", &grant_of(opened.text("access_token")), EndCause::CodeReuse)]);

    let stolen = story.grant().await;
    assert_eq!(idp.refresh(site, stolen.text("refresh_token")).await.status, 200);
    idp.clock.advance(11);
    for _ in 0..3 {
        assert_eq!(idp.refresh(site, stolen.text("refresh_token")).await.status, 400);
    }
    Log::is(
        &log.news(idp).await,
        [("grant", &grant_of(stolen.text("access_token")), EndCause::RefreshReuse)],
    );
    // What is unknown, or of another, ends nothing.
    let other = ClientSpec::confidential("site-b");
    idp.add_client(&other).await;
    let alive = story.grant().await;
    idp.post_as(&other, "/revoke", &[("token", alive.text("refresh_token"))]).await;
    idp.post_as(site, "/revoke", &[("token", "nonsense")]).await;
    Log::is(&log.news(idp).await, []);
    log.causes
}

async fn sessions_end() -> BTreeSet<&'static str> {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, mut log) = (&story.idp, Log::new());
    idp.add_user("bob").await;
    let alices = claim(story.access_token(), "sid");
    let page = story.browser.visit(idp.authorize_url(&story.site, &[("prompt", "login")])).await;
    let answer = story.browser.log_in_as(&page, "bob", PASSWORD).await;
    let bobs = idp.redeem(&story.site, &answer.redirect_param("code").unwrap()).await;
    Log::is(&log.news(idp).await, [("sid", &alices, EndCause::SignedInAgain)]);

    let sid = claim(bobs.text("access_token"), "sid");
    for _ in 0..2 {
        let out = idp.url(&format!("/end-session?id_token_hint={}", bobs.text("id_token")));
        story.browser.open(out).await;
    }
    Log::is(&log.news(idp).await, [("sid", &sid, EndCause::LoggedOut)]);

    let (here, there) = (idp.browser(), idp.browser());
    let mine = here.sign_in_for_tokens(idp, &story.site, "alice").await;
    let theirs = there.sign_in_for_tokens(idp, &story.site, "alice").await;
    let sid = claim(theirs.text("access_token"), "sid");
    let page = here.open(idp.url("/account/devices")).await;
    for _ in 0..2 {
        here.press(&page, "one", &[("sid", &sid)]).await;
    }
    Log::is(&log.news(idp).await, [("sid", &sid, EndCause::Kicked)]);

    // As many as may be are open, and one more: the one used the longest time ago goes.
    for _ in 0..50 {
        idp.clock.advance(1);
        idp.browser().sign_in_for_tokens(idp, &story.site, "alice").await;
    }
    let sid = claim(mine.text("access_token"), "sid");
    Log::is(&log.news(idp).await, [("sid", &sid, EndCause::TooManySessions)]);
    log.causes
}

async fn devices_take_each_others_place() -> BTreeSet<&'static str> {
    let idp = TestIdp::start_with(|config| config.session.devices = DevicePolicy::One).await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let (idp, mut log) = (&story.idp, Log::new());
    let second = idp.browser();
    let page = second.visit(idp.authorize_url(&story.site, &[])).await;
    let question = second.log_in_as(&page, "alice", PASSWORD).await;
    Log::is(&log.news(idp).await, []);
    let answer = second.press(&question, "continue", &[]).await;
    assert!(answer.redirect_param("code").is_some(), "{answer:?}");
    Log::is(&log.news(idp).await, [("sid", &claim(story.access_token(), "sid"), EndCause::DevicePolicy)]);
    log.causes
}

async fn operators_end() -> BTreeSet<&'static str> {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, mut log, alice) = (&story.idp, Log::new(), story.alice.to_string());
    let hash = idp
        .app
        .hashing
        .hash(&WorkOf::operator(), idp_tests::typed("another good long passphrase"))
        .await
        .unwrap();
    idp_tests::Authenticator::of(idp, story.alice, "").await;
    let acts = [
        (Target::SecondFactors(story.alice), EndCause::FactorRemoved),
        (Target::User(story.alice), EndCause::Administrator),
        (Target::Password { user: story.alice, hash }, EndCause::PasswordChanged),
        (Target::DisabledUser(story.alice), EndCause::UserDisabled),
    ];
    let mut sids = vec![claim(story.access_token(), "sid")];
    for (target, cause) in acts {
        assert!(end(idp, target, cause).await);
        let news = log.news(idp).await;
        let mut expected = vec![("sub", alice.clone(), cause.as_str())];
        expected.extend(sids.drain(..).map(|sid| ("sid", sid, cause.as_str())));
        assert_eq!(news, expected, "and no session twice");
    }
    assert!(!end(idp, Target::SecondFactors(story.alice), EndCause::FactorRemoved).await);
    Log::is(&log.news(idp).await, []);
    assert!(end(idp, Target::Everybody, EndCause::Administrator).await);
    Log::is(&log.news(idp).await, [("all", "", EndCause::Administrator)]);

    let client = ClientId::parse("site-a").unwrap();
    for is_there in [true, false] {
        assert_eq!(
            end(idp, Target::Client { id: client.clone(), seen: None }, EndCause::ClientRemoved).await,
            is_there
        );
    }
    Log::is(&log.news(idp).await, [("client_id", "site-a", EndCause::ClientRemoved)]);

    let mut kids: Vec<String> =
        idp.app.keys.ring().keys().iter().map(|entry| entry.key.kid().to_owned()).collect();
    assert!(end(idp, Target::SigningKeys, EndCause::Administrator).await);
    let mut news = log.news(idp).await;
    assert_eq!(news.remove(0).0, "all");
    let mut named: Vec<String> =
        news.into_iter().map(|(kind, value, _)| (kind == "kid").then_some(value).unwrap()).collect();
    kids.sort();
    named.sort();
    assert_eq!(named, kids);
    log.causes
}

#[tokio::test(flavor = "multi_thread")]
async fn s103_what_could_not_be_written_down_is_not_confirmed_and_not_half_done() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, mut log) = (&story.idp, Log::new());
    // Another writer takes its time.
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let db = idp.db.clone();
    let other = tokio::spawn(async move {
        let slow = move |_: &mut idp_server::db::Connection| {
            begun.send(()).unwrap();
            Ok(wait.recv_timeout(Duration::from_secs(8)).is_ok())
        };
        db.write(idp_server::db::Locks::installation(), slow).await
    });
    has_begun.await.unwrap();
    let out = idp.url(&format!("/end-session?id_token_hint={}", story.id_token()));
    let given_back = [("token", story.refresh_token())];
    let (revoked, signed_out) =
        tokio::join!(idp.post_as(&story.site, "/revoke", &given_back), story.browser.open(&out),);
    assert_eq!(revoked.refusal(), (503, "temporarily_unavailable"));
    assert_eq!(signed_out.status, 503, "{signed_out:?}");
    Log::is(&log.news(idp).await, []);
    done.send(()).unwrap();
    // On PostgreSQL the slow one itself was given up by then.
    let _ = other.await.unwrap();
    assert_eq!(idp.userinfo(story.access_token()).await.status, 200, "nothing was half done");
    assert_eq!(story.browser.open(&out).await.status, 303);
    Log::is(&log.news(idp).await, [("sid", &claim(story.access_token(), "sid"), EndCause::LoggedOut)]);
}

async fn snapshot(idp: &TestIdp, site: &ClientSpec) -> Value {
    let answer =
        idp.http.get(idp.url("/revocations")).basic_auth(site.id(), site.secret.as_ref()).send().await;
    jwt::claims(&answer.unwrap().text().await.unwrap())
}

async fn jwks(idp: &TestIdp) -> String {
    idp.http.get(idp.url("/jwks")).send().await.unwrap().text().await.unwrap()
}

const A_SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn s112_a_key_that_another_process_gives_up_is_gone_here_within_a_second() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let kid = jwt::header(story.access_token())["kid"].as_str().unwrap().to_owned();
    assert!(jwks(idp).await.contains(&kid));
    let done = idp_server(idp.folder.path(), &["keys", "compromised", &kid, "--yes"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    let (name, other) = (kid.as_str(), "another key has signed it");
    within(A_SECOND, "the key is gone from the set", async || !jwks(idp).await.contains(name)).await;
    within(A_SECOND, "the feed names the key", async || {
        let entries = snapshot(idp, site).await["entries"].clone();
        entries.as_array().unwrap().iter().any(|entry| entry["kind"] == "kid" && entry["name"] == name)
    })
    .await;
    let answer =
        idp.http.get(idp.url("/revocations")).basic_auth(site.id(), site.secret.as_ref()).send().await;
    assert_ne!(jwt::header(&answer.unwrap().text().await.unwrap())["kid"], name, "{other}");
    assert_eq!(idp.userinfo(story.access_token()).await.status, 401);
    assert_ne!(jwt::header(story.grant().await.text("access_token"))["kid"], name, "{other}");
}

async fn listen(idp: &TestIdp, site: &ClientSpec, instance: &str) -> Response {
    let request = idp.http.get(idp.url("/revocations")).header("accept", "text/event-stream");
    let request = request.header("x-feed-instance", instance).basic_auth(site.id(), site.secret.as_ref());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer
}

async fn connected(idp: &TestIdp, site: &ClientSpec) -> Vec<(String, i64)> {
    connected_after(idp, site, 0).await
}

/// Who is still taken for connected so many seconds from now, if nothing happens.
async fn connected_after(idp: &TestIdp, site: &ClientSpec, seconds: i64) -> Vec<(String, i64)> {
    let (sites, now) = (vec![site.client.id.clone()], idp.now() + seconds);
    let rows = idp
        .db
        .read(move |connection| feed_acknowledgements::connected(connection, &sites, now))
        .await
        .unwrap();
    rows.into_iter().map(|row| (row.instance, row.number)).collect()
}

#[tokio::test]
async fn m07_who_listens_is_known_at_once_and_who_left_is_waited_for_no_longer_than_it_takes_to_come_back() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let (one, _two) = (listen(&idp, &site, "one").await, listen(&idp, &site, "two").await);
    within(A_SECOND, "both are known", async || connected(&idp, &site).await.len() == 2).await;
    drop(one);
    // The server finds out when it next has something to say.
    eventually("one is known to have left", async || {
        connected_after(&idp, &site, 11).await == [("two".to_owned(), 0)]
    })
    .await;
    assert_eq!(connected_after(&idp, &site, 9).await.len(), 2, "it may be back");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_of_many_at_once_are_all_kept_and_nobody_waits_long() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    end(idp, Target::User(story.alice), EndCause::Administrator).await;
    let last = idp.db.read(revocations::newest).await.unwrap();
    let names: Vec<String> = (0..300).map(|number| format!("web-{number}")).collect();
    let since = Stopwatch::start();
    let confirm = |name: &'_ str| {
        let form = [("instance", name.to_owned()), ("number", last.to_string())];
        let request = idp.http.post(idp.url("/revocations/acknowledgements")).form(&form);
        request.basic_auth(site.id(), site.secret.as_ref()).send()
    };
    let answers = futures_util::future::join_all(names.iter().map(|name| confirm(name))).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 204));
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    let kept: BTreeSet<_> = connected(idp, site).await.into_iter().collect();
    assert_eq!(kept, names.into_iter().map(|name| (name, last)).collect());
}

#[tokio::test]
async fn a_removed_client_is_told_of_its_end_and_of_nothing_after_it() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, other) = (&story.idp, ClientSpec::confidential("site-b"));
    idp.add_client(&other).await;
    let (mut removed, mut stays) = (listen(idp, &story.site, "a").await, listen(idp, &other, "b").await);
    assert!(
        end(idp, Target::Client { id: story.site.client.id.clone(), seen: None }, EndCause::ClientRemoved)
            .await
    );
    assert!(end(idp, Target::User(story.alice), EndCause::Administrator).await);
    let mut told = String::new();
    let read_on = async {
        while let Some(piece) = removed.chunk().await.unwrap() {
            told.push_str(std::str::from_utf8(&piece).unwrap());
        }
    };
    tokio::time::timeout(Duration::from_secs(5), read_on).await.expect("the stream ends");
    for _ in 0..3 {
        assert!(stays.chunk().await.unwrap().is_some(), "the other goes on");
    }
}
