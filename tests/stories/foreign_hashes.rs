//! People whose passwords another system hashed sign in, and have a hash of ours from then on.

use idp_core::password::imported;
use idp_server::db::{Locks, password_credentials};
use idp_tests::{Browser, ClientSpec, TestIdp};
use uuid::Uuid;

/// Each of `correct horse`, by other implementations.
const HASHES: [(&str, &str); 4] = [
    ("bcrypt", "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
    ("pbkdf2", "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso="),
    ("scrypt", "$scrypt$ln=10,r=8,p=1$8PHy8/T19vf4+fr7/P3+/w$2rA3VVxBi7JUdeKlENqV7JZ3kUPnS38wnsDB+xWehuw"),
    ("passlib", "$pbkdf2$1000$8PHy8/T19vf4.fr7/P3./w$.5QX0J046SbyM4zUrpWK1an1PdA"),
];

async fn give(idp: &TestIdp, user: Uuid, hash: &str) {
    let hash = imported(hash).unwrap();
    idp.db
        .write(Locks::person(user), move |connection| {
            password_credentials::remove(connection, user)?;
            password_credentials::insert(connection, user, &hash)
        })
        .await
        .unwrap();
}

async fn stored(idp: &TestIdp, user: Uuid) -> String {
    idp.db.read(move |connection| password_credentials::by_user(connection, user)).await.unwrap().unwrap()
}

async fn try_password(idp: &TestIdp, site: &ClientSpec, name: &str, password: &str) -> (Browser, u16) {
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(site, &[])).await;
    let answer = browser.log_in_as(&page, name, password).await;
    (browser, answer.status)
}

#[tokio::test]
async fn the_first_sign_in_replaces_the_hash_and_keeps_the_person_signed_in() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    for (name, hash) in HASHES {
        let user = idp.add_user(name).await;
        give(&idp, user, hash).await;
        let (_, wrong) = try_password(&idp, &site, name, "correct horsf").await;
        assert_eq!((wrong, stored(&idp, user).await), (422, imported(hash).unwrap()), "{name}");
        let (browser, right) = try_password(&idp, &site, name, "correct horse").await;
        assert_eq!(right, 303, "{name}");
        assert!(stored(&idp, user).await.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{name}");
        // The session rests on the new hash, and so does the next sign-in.
        let account = browser.visit(idp.url("/account")).await;
        assert_eq!((account.status, account.url.path()), (200, "/account"), "{name}");
        assert_eq!(try_password(&idp, &site, name, "correct horse").await.1, 303, "{name}");
    }
}

/// The costs that strangers' names are compared at follow the hashes that are stored, of every scheme.
#[tokio::test]
async fn s80_a_name_that_nobody_has_costs_what_the_hashes_of_others_cost() {
    let idp = TestIdp::start().await;
    let user = idp.add_user("alice").await;
    for (name, hash) in HASHES {
        give(&idp, user, hash).await;
        for node in idp.nodes() {
            node.dummy_hashes.refresh(&node.store).await.unwrap();
            let (dummy, like) = (node.dummy_hashes.choose("nobody"), imported(hash).unwrap());
            assert_eq!(dummy.rsplitn(3, '$').nth(2), like.rsplitn(3, '$').nth(2), "{name}: {dummy}");
        }
    }
}
