//! Forms of the pages of administrators, sent by those who may not: under the seal that the form got while they might.

use super::pages::{AdminPage, PAGES, Things, opens_to};
use super::{columns, person_of};
use crate::admin_people_pages::started;
use crate::administrators::signed_in;
use crate::schema::ask;
use idp_server::store::roles::RoleHolder;
use idp_tests::{Answer, Browser, TestIdp};

/// What a form of a page carries, by which it is known to be of this page and this session.
type Seal = [(&'static str, String); 2];

/// The seal of the form of a page, as a browser that has it open would send it. Of an address that only takes forms the list beside
/// it has the form.
fn seal_of(page: &Answer) -> Option<Seal> {
    let has_form = page.body.contains("name=\"tx\"") && page.body.contains("method=\"post\"");
    has_form.then(|| [("tx", page.input("tx")), ("csrf", page.input("csrf"))])
}

/// What the form of a page may be sent with, so that each of its buttons would do something.
const FILLED: [&[(&str, &str)]; 4] = [
    &[
        ("action", ""),
        ("name", "forged"),
        ("username", "forged"),
        ("address", "forged@example.org"),
        ("chosen", "staff"),
    ],
    &[("action", "add"), ("chosen", "shop:editor"), ("client_id", "forged"), ("client_name", "forged")],
    &[("action", "remove"), ("remove", "older"), ("retry", "1"), ("label", "forged")],
    &[("action", "send_link"), ("give_up", "1")],
];

async fn send(browser: &Browser, url: &str, seal: &Seal, fields: &[(&str, &str)]) -> Answer {
    let sealed = seal.iter().map(|(name, value)| (*name, value.as_str()));
    let all: Vec<(&str, &str)> = sealed.chain(fields.iter().copied()).collect();
    browser.post(url, &all).await
}

async fn acts_of(idp: &TestIdp, actor: &str) -> Vec<String> {
    ask(&idp.db, &format!("SELECT event AS word FROM audit_events WHERE actor = '{actor}'")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_open_does_nothing_for_a_person_who_has_the_right_no_more() {
    let idp = started().await;
    let things = Things::of(&idp).await;
    let (user, by) = (person_of(&idp, "administrator").await, idp.operator());
    let browser = signed_in(&idp, "administrator").await;
    let mut forms: Vec<(&AdminPage, String, Seal)> = Vec::new();
    for page in PAGES {
        let url = things.address_of(&idp, page);
        let shown = browser.visit(&url).await;
        forms.extend(seal_of(&shown).map(|seal| (page, url, seal)));
    }
    assert!(forms.len() > 25, "{}", forms.len());
    let administrator = RoleHolder::User(user);
    let set = async |role: &str, is_given| {
        let role = idp.role(role).await.id;
        by.assign_role(role, administrator, is_given, idp.clock.now()).await.unwrap();
    };
    set("administrator", false).await;
    for (column, held) in columns().into_iter().filter(|(column, _)| *column != "administrator") {
        if !held.is_empty() {
            set(column, true).await;
        }
        for (page, url, seal) in &forms {
            let is_open = opens_to(page, held);
            for fields in FILLED {
                // Where the page is open yet, the form is one of nobody's, which says that the gate let it in.
                let broken = [("tx", seal[0].1.clone()), ("csrf", "x".to_owned())];
                let answer = send(&browser, url, if is_open { &broken } else { seal }, fields).await;
                let expected: &[u16] = if is_open { &[403, 405] } else { &[404, 405] };
                assert!(expected.contains(&answer.status), "{column} at {}: {}", page.path, answer.status);
            }
        }
        if !held.is_empty() {
            set(column, false).await;
        }
    }
    assert_eq!(acts_of(&idp, &format!("user:{user}")).await, Vec::<String>::new());
}
