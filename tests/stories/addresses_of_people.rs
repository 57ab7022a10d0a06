//! The names and addresses of a person: each verified address signs in, none that is not, and what sites are told of them is
//! true. Two who want one address are told who came first, and guesses at all names of a person are few together.

use futures_util::future::join_all;
use idp_core::mail_address::MailAddress;
use idp_core::user::{Account, AddressChange, StandardClaims};
use idp_core::username::Username;
use idp_server::directory::DirectoryError;
use idp_server::directory::users::UserChange;
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp, operator_of};
use serde_json::{Value, json};

use crate::login::at_the_door;
use crate::schema::execute;

fn add(address: &str) -> AddressChange {
    AddressChange::Add(MailAddress::parse(address).unwrap())
}

fn vouch(address: &str) -> AddressChange {
    AddressChange::Vouch(MailAddress::parse(address).unwrap())
}

fn make_primary(address: &str) -> AddressChange {
    AddressChange::MakePrimary(MailAddress::parse(address).unwrap())
}

fn remove(address: &str) -> AddressChange {
    AddressChange::Remove(MailAddress::parse(address).unwrap())
}

async fn change(idp: &TestIdp, user: &str, addresses: &[AddressChange]) -> Result<Account, DirectoryError> {
    change_at(idp, 0, user, addresses).await
}

/// At one of the nodes.
async fn change_at(
    idp: &TestIdp,
    node: usize,
    user: &str,
    addresses: &[AddressChange],
) -> Result<Account, DirectoryError> {
    let change = UserChange { addresses: addresses.to_vec(), ..UserChange::default() };
    let app = idp.nodes().nth(node % idp.nodes().len()).unwrap();
    operator_of(app).change_user(&Username::parse(user).unwrap(), change, idp.clock.now()).await
}

/// Whether these sign in, at a fresh browser each.
async fn signs_in(idp: &TestIdp, site: &ClientSpec, name: &str) -> bool {
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(site, &[])).await;
    let answer = browser.log_in_as(&page, name, PASSWORD).await;
    assert!(matches!(answer.status, 303 | 422), "{name}: {answer:?}");
    answer.redirect_param("code").is_some()
}

#[tokio::test]
async fn each_verified_address_signs_in_however_it_is_written_and_no_other_does() {
    let idp = TestIdp::start_with(|config| config.throttle.enabled = false).await;
    let (site, ..) = at_the_door(&idp).await;
    let changes = [vouch("Zoë.Adams@müller.example"), add("later@example.org")];
    change(&idp, "alice", &changes).await.unwrap();
    for name in [
        "alice",
        "alice@example.org",
        "ALICE@Example.ORG ",
        "zoë.adams@müller.example",
        "ZOË.ADAMS@xn--mller-kva.example",
        "zoe\u{308}.adams\u{ff20}müller.example",
    ] {
        assert!(signs_in(&idp, &site, name).await, "{name}");
    }
    for name in ["later@example.org", "zoëadams@müller.example", "zoë.adams", "@example.org", "alice@"] {
        assert!(!signs_in(&idp, &site, name).await, "{name}");
    }
    change(&idp, "alice", &[vouch("later@example.org")]).await.unwrap();
    assert!(signs_in(&idp, &site, "Later@example.org").await, "at once");
    change(&idp, "alice", &[remove("later@example.org")]).await.unwrap();
    assert!(!signs_in(&idp, &site, "Later@example.org").await, "at once");
}

#[tokio::test]
async fn the_primary_address_is_what_sites_are_told_from_the_next_userinfo_on() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let told = async || {
        let userinfo = idp.userinfo(story.access_token()).await.body;
        ["email", "email_verified", "updated_at", "preferred_username"].map(|claim| userinfo[claim].clone())
    };
    let [_, _, never, _] = told().await;
    assert_eq!(told().await, [json!("alice@example.org"), json!(true), never.clone(), json!("alice")]);
    // What changes nothing is no change.
    idp.clock.advance(60);
    change(idp, "alice", &[vouch("Alice@example.org"), make_primary("alice@example.org")]).await.unwrap();
    assert_eq!(told().await[2], never);
    for (changes, email, is_verified) in [
        (vec![add("A@b.example"), make_primary("a@b.example")], json!("A@b.example"), json!(false)),
        (vec![vouch("a@b.example")], json!("A@b.example"), json!(true)),
        (vec![remove("alice@example.org"), remove("a@b.example")], Value::Null, Value::Null),
    ] {
        idp.clock.advance(60);
        change(idp, "alice", &changes).await.unwrap();
        assert_eq!(told().await, [email, is_verified, json!(idp.now()), json!("alice")]);
    }
}

#[tokio::test]
async fn no_claim_of_its_own_takes_the_place_of_the_username_or_the_address() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    idp.add_user_with("alice", StandardClaims::default()).await;
    let stored = r#"{"preferred_username":"root","email":"root@example.org","email_verified":true}"#;
    execute(&idp.db, &format!("UPDATE users SET claims = '{stored}'")).await.unwrap();
    let tokens = idp.browser().sign_in_for_tokens(&idp, &site, "alice").await;
    let userinfo = idp.userinfo(tokens.text("access_token")).await.body;
    assert_eq!(userinfo["preferred_username"], "alice");
    assert_eq!((userinfo.get("email"), userinfo.get("email_verified")), (None, None), "{userinfo}");
}

#[tokio::test]
async fn s83_all_names_of_an_account_count_in_one_bucket() {
    let names = ["alice", "alice@example.org", "second@example.org", "THIRD@example.org"];
    let idp =
        TestIdp::start_with(|config| config.throttle.exempt = vec!["127.0.0.0/8".parse().unwrap()]).await;
    let (site, ..) = at_the_door(&idp).await;
    idp.add_user("bob").await;
    change(&idp, "alice", &[vouch("second@example.org"), vouch("third@example.org")]).await.unwrap();
    let mut statuses = Vec::new();
    for guess in 0..40 {
        let browser = idp.browser();
        let page = browser.visit(idp.authorize_url(&site, &[])).await;
        statuses.push(browser.log_in_as(&page, names[guess % names.len()], "wrong").await.status);
    }
    let burst = usize::try_from(idp.app.config.throttle.account_burst).unwrap();
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), burst, "{statuses:?}");
    assert!(statuses[burst..].iter().all(|status| *status == 429), "{statuses:?}");
    assert!(signs_in(&idp, &site, "bob@example.org").await, "no one else is turned away");
    // An unknown name locks like a known one, and a new owner does not find it locked.
    for _ in 0..burst {
        assert!(!signs_in(&idp, &site, "free@example.org").await);
    }
    change(&idp, "bob", &[vouch("free@example.org")]).await.unwrap();
    assert!(signs_in(&idp, &site, "free@example.org").await);
}

#[tokio::test]
async fn an_address_that_is_not_verified_is_in_nobodys_way() {
    let idp = TestIdp::start().await;
    let (site, ..) = at_the_door(&idp).await;
    idp.add_user("bob").await;
    change(&idp, "alice", &[add("shared@example.org")]).await.unwrap();
    change(&idp, "bob", &[add("Shared@example.org")]).await.unwrap();
    change(&idp, "bob", &[vouch("shared@example.org")]).await.unwrap();
    let late = change(&idp, "alice", &[vouch("shared@example.org")]).await.unwrap_err();
    assert!(
        matches!(&late, DirectoryError::NameTaken(name) if name.as_str() == "shared@example.org"),
        "{late}"
    );
    let browser = idp.browser();
    let tokens = browser.sign_in_for_tokens(&idp, &site, "shared@example.org").await;
    assert_eq!(idp.userinfo(tokens.text("access_token")).await.text("name"), "The bob");
    // A name that is given up is free.
    change(&idp, "bob", &[remove("shared@example.org")]).await.unwrap();
    change(&idp, "alice", &[vouch("shared@example.org")]).await.unwrap();
}

/// At one moment, from two nodes where there are two: one has it then, and the other is told.
#[tokio::test]
async fn of_two_people_who_want_one_address_at_one_moment_one_has_it() {
    let idp = TestIdp::start().await;
    for name in ["alice", "bob"] {
        idp.add_user(name).await;
    }
    let mut first = 0;
    for trial in 0..200 {
        let address = format!("trial{trial}@example.org");
        let wanted = [vouch(&address)];
        let race = ["alice", "bob"].into_iter().enumerate();
        let ends = join_all(race.map(|(node, user)| change_at(&idp, node + trial, user, &wanted))).await;
        let won: Vec<bool> = ends.iter().map(Result::is_ok).collect();
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{trial}: {ends:?}");
        let lost = ends.iter().find_map(|end| end.as_ref().err()).unwrap();
        assert!(matches!(lost, DirectoryError::NameTaken(name) if name.as_str() == address), "{lost}");
        first += usize::from(won[0]);
        let winner = if won[0] { "alice" } else { "bob" };
        change(&idp, winner, &[remove(&address)]).await.unwrap();
    }
    println!("Alice had it {first} times of 200");
}

/// Each wants what the other gives up, so each is told that it is taken; then they do it one after the other.
#[tokio::test]
async fn two_people_who_swap_addresses_do_not_wait_for_each_other_for_good() {
    let idp = TestIdp::start().await;
    for name in ["alice", "bob"] {
        idp.add_user(name).await;
    }
    change(&idp, "alice", &[vouch("one@example.org")]).await.unwrap();
    change(&idp, "bob", &[vouch("two@example.org")]).await.unwrap();
    for trial in 0..20 {
        let (mut gives, mut takes) = ("one@example.org", "two@example.org");
        if trial % 2 == 1 {
            std::mem::swap(&mut gives, &mut takes);
        }
        let swap = [("alice", [vouch(takes), remove(gives)]), ("bob", [vouch(gives), remove(takes)])];
        let race = swap.iter().enumerate();
        let ends = join_all(race.map(|(node, (user, changes))| change_at(&idp, node, user, changes))).await;
        assert!(ends.iter().all(|end| matches!(end, Err(DirectoryError::NameTaken(_)))), "{ends:?}");
        change(&idp, "alice", &[remove(gives)]).await.unwrap();
        change(&idp, "bob", &[vouch(gives), remove(takes)]).await.unwrap();
        change(&idp, "alice", &[vouch(takes)]).await.unwrap();
    }
}
