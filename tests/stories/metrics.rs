//! What a node tells Prometheus: after a sign-in, a refusal, a refresh, a sign-out and a letter that is not taken the figures say so;
//! the page is well-formed, is not where people and sites come, and names no person.

use crate::mail::{failed_with, letter_that, provider, senders, set_password};
use crate::own_process::{Serving, idp_server};
use idp_server::db::mails::State;
use idp_server::metrics::{ALL, Kind};
use idp_server::task;
use idp_tests::ports::free_port;
use idp_tests::prometheus::{ACCEPTS, Observed, Scrape};
use idp_tests::smtp_sink::{Behaviour, SmtpSink};
use idp_tests::{ClientSpec, LogoutReceiver, PASSWORD, SignedIn, TestIdp, eventually};
use serde_json::json;
use std::net::{Ipv4Addr, TcpListener};

const SIGN_INS: &str = "idp_sign_ins_total";
const FACTORS: &str = "idp_factor_attempts_total";
const REFUSALS: &str = "idp_refusals_total";

#[tokio::test]
async fn a_sign_in_a_refresh_a_refusal_and_a_sign_out_are_counted() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let observed = Observed::of(idp);
    let begun = observed.scrape().await;
    let by_password = [("method", "password"), ("outcome", "signed_in")];
    assert_eq!(begun.value(SIGN_INS, &by_password), 1.0);
    assert_eq!(begun.value(FACTORS, &[("factor", "password"), ("outcome", "accepted")]), 1.0);
    assert_eq!(begun.value("idp_tokens_issued_total", &[("grant_type", "authorization_code")]), 1.0);
    assert!(begun.value("idp_hashing_duration_seconds_count", &[]) >= 1.0);
    assert!(begun.value("idp_database_transaction_seconds_count", &[("pool", "writer")]) >= 1.0);
    // A burst is an increase from here on, be it the first one.
    for (error, cause) in [
        ("invalid_grant", "refresh_token_reused"),
        ("invalid_grant", "code_reused"),
        ("sign_in", "wrong_credentials"),
        ("second_step", "wrong_code"),
        ("invalid_client", "client_unproven"),
        ("scim", "invalidFilter"),
    ] {
        assert_eq!(begun.find(REFUSALS, &[("error", error), ("cause", cause)]), Some(0.0), "{error} {cause}");
    }
    let failed = [("route", "/token"), ("method", "POST"), ("status", "5xx")];
    assert_eq!(begun.find("idp_http_requests_total", &failed), Some(0.0));
    let of_token = [("route", "/token"), ("method", "POST"), ("status", "2xx")];
    assert_eq!(begun.value("idp_http_requests_total", &of_token), 1.0);

    let refreshed = idp.refresh(site, story.refresh_token()).await;
    assert_eq!(idp.refresh(site, story.refresh_token()).await.status, 200, "a racer");
    idp.clock.advance(11);
    assert_eq!(idp.refresh(site, story.refresh_token()).await.status, 400);
    assert_eq!(idp.refresh(site, refreshed.text("refresh_token")).await.status, 400);
    let stranger = idp.browser();
    let page = stranger.visit(idp.authorize_url(site, &[])).await;
    assert_ne!(stranger.log_in_as(&page, "alice", "not her password").await.status, 303);
    let unproven =
        ClientSpec { secret: Some("another one".to_owned()), ..ClientSpec::confidential("site-a") };
    assert_eq!(idp.refresh(&unproven, "rt.any").await.status, 401);

    let scrape = observed.scrape().await;
    for (outcome, count) in [("rotated", 1.0), ("repeated", 1.0), ("refused", 2.0)] {
        assert_eq!(scrape.value("idp_refreshes_total", &[("outcome", outcome)]), count, "{outcome}");
    }
    assert_eq!(scrape.value("idp_tokens_issued_total", &[("grant_type", "refresh_token")]), 2.0);
    for (error, cause) in [
        ("invalid_grant", "refresh_token_reused"),
        ("invalid_grant", "grant_ended"),
        ("sign_in", "wrong_credentials"),
        ("invalid_client", "client_unproven"),
    ] {
        assert_eq!(scrape.value(REFUSALS, &[("error", error), ("cause", cause)]), 1.0, "{error} {cause}");
    }
    assert_eq!(scrape.value(SIGN_INS, &[("method", "password"), ("outcome", "refused")]), 1.0);
    assert_eq!(scrape.value(SIGN_INS, &by_password), 1.0);

    let told = scrape.value("idp_feed_entries", &[]);
    idp.operator().sign_out_user(story.alice, idp.clock.now()).await.unwrap();
    eventually("the feed tells of it", async || {
        observed.scrape().await.value("idp_feed_entries", &[]) > told
    })
    .await;
}

#[tokio::test]
async fn s111_a_page_is_well_formed_has_only_what_is_declared_and_names_no_person() {
    let story = SignedIn::at(ClientSpec::confidential("canary-site")).await;
    let idp = &story.idp;
    idp.add_user("canary-person").await;
    // What a stranger chooses becomes no word of a label: paths, methods, queries, names, addresses of pages.
    let made_up = reqwest::Method::from_bytes(b"CANARYMETHOD").unwrap();
    for path in [
        "/canary-path",
        "/account/canary-page?canary-query=1",
        "/picture/canary-name",
        "/api/v1/users/canary-id",
    ] {
        let _status = idp.http.get(idp.url(path)).header("user-agent", "canary-agent").send().await.unwrap();
        let _status = idp.http.request(made_up.clone(), idp.url(path)).send().await.unwrap();
    }
    let unknown = idp.browser();
    let page = unknown.visit(idp.authorize_url(&story.site, &[("state", "canary-state")])).await;
    unknown.log_in_as(&page, "canary-person", "canary-password").await;
    let observed = Observed::of(idp);
    for (content, page) in observed.pages(ACCEPTS).await {
        assert!(content.starts_with("application/openmetrics-text; version=1.0.0"), "{content}");
        let scrape = Scrape::read(&page).unwrap_or_else(|error| panic!("{error}\n{page}"));
        for (name, labels, _) in &scrape.samples {
            let of_histogram =
                ["_bucket", "_count", "_sum"].iter().find_map(|suffix| name.strip_suffix(suffix));
            let declared = ALL.iter().find(|declared| {
                declared.name == name
                    || (declared.kind == Kind::Histogram && Some(declared.name) == of_histogram)
            });
            let declared = declared.unwrap_or_else(|| panic!("{name} is not declared"));
            let its: Vec<&str> = labels.keys().map(String::as_str).filter(|label| *label != "le").collect();
            assert!(its.iter().all(|label| declared.labels.contains(label)), "{name}: {its:?}");
        }
    }
    for accepts in [ACCEPTS, "text/plain"] {
        for (_, page) in observed.pages(accepts).await {
            let lower = page.to_lowercase();
            let (alice, token) = (story.alice.to_string(), story.access_token().to_owned());
            let kids: Vec<String> =
                idp.app.keys.ring().keys().iter().map(|key| key.key.kid().to_owned()).collect();
            let secret = story.site.secret.clone().unwrap_or_else(|| "none".repeat(9));
            for hidden in [
                "canary",
                "alice",
                "example.org",
                "127.0.0.1",
                "localhost",
                PASSWORD,
                &alice,
                &token,
                &secret,
            ] {
                assert!(!lower.contains(&hidden.to_lowercase()), "{hidden}: {page}");
            }
            assert!(kids.iter().all(|kid| !page.contains(kid)), "{page}");
        }
    }
    // Nor is it where people and sites come.
    assert_eq!(idp.http.get(idp.url("/metrics")).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_letter_that_is_not_taken_shows_until_it_is() {
    let sink = SmtpSink::start().await;
    sink.behave(Behaviour::Answers("RCPT", 451));
    let idp = provider(&sink).await;
    let observed = Observed::of(&idp);
    idp.add_user("alice").await;
    set_password(&idp, "alice").await;
    let senders = senders(&idp);
    letter_that(&idp, failed_with("smtp 451")).await;
    let nodes = idp.nodes().len() as f64;
    eventually("it shows that it failed, and waits", async || {
        let scrape = observed.scrape().await;
        let failed = scrape.value("idp_mail_deliveries_total", &[("outcome", "failed")]);
        // Each node says the same of what all have in common.
        let waiting = scrape.value("idp_mail_outbox_pending", &[]);
        if failed >= 1.0 && waiting == nodes { Ok(()) } else { Err((failed, waiting)) }
    })
    .await;
    sink.behave(Behaviour::Takes);
    idp.clock.advance(10);
    letter_that(&idp, |mail| mail.state == State::Sent).await;
    eventually("it shows that it was taken", async || {
        let scrape = observed.scrape().await;
        let taken = scrape.value("idp_mail_deliveries_total", &[("outcome", "delivered")]);
        let waiting = scrape.value("idp_mail_outbox_pending", &[]);
        if taken == 1.0 && waiting == 0.0 { Ok(()) } else { Err((taken, waiting)) }
    })
    .await;
    drop(senders);
}

#[tokio::test]
async fn a_sign_out_that_a_site_does_not_confirm_shows_until_it_does() {
    let receiver = LogoutReceiver::new();
    receiver.answer_with(503, None);
    let _listening = receiver.listen();
    let story = SignedIn::at(receiver.client("site-a")).await;
    let idp = &story.idp;
    let observed = Observed::of(idp);
    let nodes = idp.nodes().len() as f64;
    let shows = async |outcome: &str, tries: f64, pending: f64| {
        eventually("it shows", async || {
            let scrape = observed.scrape().await;
            let tried = scrape.value("idp_logout_deliveries_total", &[("outcome", outcome)]);
            let waiting = scrape.value("idp_logout_outbox_pending", &[]);
            if (tried, waiting) == (tries, pending) { Ok(()) } else { Err((tried, waiting)) }
        })
        .await;
    };
    let _sender = task::tell_clients(&idp.app);
    idp.operator().sign_out_user(story.alice, idp.clock.now()).await.unwrap();
    receiver.wait_for(1).await;
    shows("failed", 1.0, nodes).await;
    receiver.answer_with(200, None);
    // It is due again after a second; the page says since when it waits.
    idp.clock.advance(5);
    receiver.wait_for(2).await;
    shows("delivered", 1.0, 0.0).await;
    assert_eq!(observed.scrape().await.value("idp_logout_outbox_oldest_age_seconds", &[]), 0.0);
}

/// A node that was told to stop says so to load balancers, serves until they have gone, and is seen by Prometheus to its end.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_to_stop_says_so_first_and_still_answers() {
    let idp = TestIdp::start().await;
    let (issuer, http) = (idp.issuer.clone(), idp.http.clone());
    let folder = idp.stop().await;
    let metrics = format!("127.0.0.1:{}", free_port());
    let settings = ["listen.drain_delay=4s".to_owned(), format!("metrics.listen={metrics}")];
    let serving = Serving::start_with(folder.path(), &issuer, &http, &settings).await;
    let asked = async |path: &str| http.get(format!("{issuer}{path}")).send().await.unwrap();
    eventually("it is ready", async || asked("/health/ready").await.status() == 200).await;
    assert_eq!(asked("/health/started").await.status(), 200);

    serving.tell_to_stop();
    let body = eventually("it says that it stops", async || {
        let answer = asked("/health/ready").await;
        if answer.status() == 503 {
            Ok(answer.json::<serde_json::Value>().await.unwrap())
        } else {
            Err(answer.status())
        }
    })
    .await;
    // Which part it is, strangers are not told.
    assert_eq!(body, json!({ "status": "not_ready" }));
    let told = http.get(format!("http://{metrics}/health/ready")).send().await.unwrap();
    assert_eq!(told.status(), 503);
    let told: serde_json::Value = told.json().await.unwrap();
    assert_eq!((&told["status"], &told["problems"][0]["part"]), (&json!("not_ready"), &json!("serving")));
    assert!(told["problems"][0]["since"].as_str().is_some_and(|since| since.ends_with('Z')), "{told}");
    assert!(serving.log().contains("not ready"), "{}", serving.log());
    for path in ["/health/live", "/jwks", "/.well-known/openid-configuration"] {
        let answer = asked(path).await;
        assert_eq!(answer.status(), 200, "{path} is still served");
        // What a load balancer sends over a connection that is about to be closed would be lost.
        assert_eq!(answer.headers()["connection"], "close", "{path}");
    }
    let page = http.get(format!("http://{metrics}/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("idp_ready{part=\"serving\"} 0\n"), "{page}");
    serving.stop().await;
}

/// What the check opens is what a start opens: the port for Prometheus as well.
#[tokio::test(flavor = "multi_thread")]
async fn the_check_names_a_port_for_metrics_that_another_process_has() {
    let idp = TestIdp::start().await;
    let folder = idp.stop().await;
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).unwrap();
    let address = taken.local_addr().unwrap();
    let (port, metrics) = (format!("listen.port={}", free_port()), format!("metrics.listen={address}"));
    let check = || {
        let arguments = ["--set", &port, "--set", &metrics, "config", "check"];
        let output = idp_server(folder.path(), &arguments).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (is_well, words) = tokio::task::block_in_place(check);
    assert!(!is_well && words.contains("metrics.listen") && words.contains(&address.to_string()), "{words}");
    drop(taken);
    let (is_well, words) = tokio::task::block_in_place(check);
    assert!(is_well, "{words}");
}
