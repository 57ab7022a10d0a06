//! Questions for grants that are asked together: each has its own answer, on the database of this run.

use crate::schema::execute;
use futures_util::future::join_all;
use idp_core::token::TokenId;
use idp_server::db::DbError;
use idp_server::db::grants::{GrantKey, with_persons};
use idp_tests::{ClientSpec, SignedIn, jwt};
use uuid::Uuid;

fn token_id(token: &str) -> TokenId {
    TokenId::parse(jwt::claims(token)["jti"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn each_of_many_questions_has_its_own_answer() {
    let site = ClientSpec::confidential("site-a");
    let story = SignedIn::at(site.clone()).await;
    let (idp, given_back) = (&story.idp, token_id(story.access_token()));
    let refreshed = token_id(idp.refresh(&site, story.refresh_token()).await.text("access_token"));
    let damaged = token_id(story.grant().await.text("access_token"));
    let other = token_id(story.grant().await.text("access_token"));
    idp.post_as(&site, "/revoke", &[("token", story.access_token())]).await;
    let damage = format!("UPDATE grants SET scope = '\"' WHERE id = '{}'", damaged.grant().unwrap());
    assert_eq!(execute(&idp.db, &damage).await.unwrap(), 1);

    let of_token = |id: &TokenId| GrantKey::of_token(id).unwrap();
    let (grant, unknown) = (given_back.grant().unwrap(), idp_server::random::new_id(idp.clock.now()));
    let asked = [
        (of_token(&given_back), Ok(None)),
        (of_token(&refreshed), Ok(Some(grant))),
        (of_token(&damaged), Err("grants.scope")),
        (GrantKey::by_id(grant), Ok(Some(grant))),
        (GrantKey::by_id(unknown), Ok(None)),
        (of_token(&other), Ok(other.grant())),
        (of_token(&other), Ok(other.grant())),
    ];
    // Fewer and more than PostgreSQL reckons with.
    for times in [1, 3] {
        let (keys, expected): (Vec<GrantKey>, Vec<_>) =
            (0..times).flat_map(|_| asked.iter().cloned()).unzip();
        let answers = idp.db.read(move |connection| with_persons(connection, &keys)).await.unwrap();
        let short: Vec<Result<Option<Uuid>, &str>> = answers
            .into_iter()
            .map(|answer| match answer {
                Ok(found) => Ok(found.map(|(grant, session, user)| {
                    assert!(grant.sid == session.sid && session.user == user.id && user.id == story.alice);
                    grant.id
                })),
                Err(DbError::Corrupt(column)) => Err(column),
                Err(error) => panic!("{error}"),
            })
            .collect();
        assert_eq!(short, expected);
    }
    assert!(idp.db.read(|connection| with_persons(connection, &[])).await.unwrap().is_empty());
}

#[tokio::test]
async fn tokens_that_are_looked_at_at_once_count_each_for_itself() {
    let site = ClientSpec::confidential("site-a");
    let story = SignedIn::at(site.clone()).await;
    let idp = &story.idp;
    let tokens = join_all((0..8).map(|_| story.grant())).await;
    for answer in tokens.iter().step_by(2) {
        idp.post_as(&site, "/revoke", &[("token", answer.text("access_token"))]).await;
    }
    for _ in 0..4 {
        let looks = tokens.iter().map(|answer| idp.is_active(&site, answer.text("access_token")));
        assert_eq!(join_all(looks).await, [false, true, false, true, false, true, false, true]);
    }
}
