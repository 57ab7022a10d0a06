//! What sites learn of people's roles and groups: claims that are mapped for a client, bundles of those who have very many, and
//! the end of what a client was told once a person loses it (ADR 65 and 66).

use idp_core::administration::Group;
use idp_core::client::ClientMetadata;
use idp_core::time::UnixTime;
use idp_core::token::PermissionBundle;
use idp_core::user::{SecondFactorDuty, StandardClaims, User, UserStatus};
use idp_core::username::Username;
use idp_server::db::{Locks, groups, permission_bundles, users};
use idp_server::directory::DirectoryError;
use idp_server::directory::groups::GroupChange;
use idp_server::directory::roles::{NewRole, RoleChange};
use idp_server::random;
use idp_server::store::roles::RoleHolder;
use idp_tests::offline_site::OfflineSite;
use idp_tests::{ClientSpec, SignedIn, TestIdp, TokenAnswer, jwt};
use resource_sdk::{Freshness, KeyOptions, RemoteKeys, ResourceServer, ValuesError, Verifier};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

/// A site for which these claims are mapped.
pub fn site_with(mappings: &[&str]) -> ClientSpec {
    let mut site = ClientSpec::confidential("site-a");
    let mappings: Vec<_> = mappings.iter().map(|text| text.parse().unwrap()).collect();
    site.client.metadata.claims_mapping = mappings.into();
    site
}

/// What the stories do to roles and groups.
pub trait Memberships {
    async fn add_role(&self, name: &str);
    async fn add_group(&self, name: &str) -> Group;
    async fn take_role(&self, user: Uuid, role: &str);
    async fn set_member(&self, group: &Group, user: Uuid, is_in: bool);
}

impl Memberships for TestIdp {
    async fn add_role(&self, name: &str) {
        let (name, now) = (name.parse().unwrap(), self.clock.now());
        self.operator().add_role(NewRole::named(name), now).await.unwrap();
    }

    async fn add_group(&self, name: &str) -> Group {
        let (name, now) = (name.parse().unwrap(), self.clock.now());
        self.operator().add_group(name, String::new(), None, now).await.unwrap()
    }

    async fn take_role(&self, user: Uuid, role: &str) {
        let (role, now) = (self.role(role).await.id, self.clock.now());
        assert!(self.operator().assign_role(role, RoleHolder::User(user), false, now).await.unwrap());
    }

    async fn set_member(&self, group: &Group, user: Uuid, is_in: bool) {
        let now = self.clock.now();
        assert!(self.operator().set_member(group.id, user, is_in, now).await.unwrap());
    }
}

fn access_claim(tokens: &TokenAnswer, claim: &str) -> Value {
    jwt::claims(tokens.text("access_token"))[claim].clone()
}

/// Alice has two roles of the shop, one of them by a group, and one that is none of the shop's business.
async fn shop(mappings: &[&str]) -> (SignedIn, Group) {
    let idp = TestIdp::start().await;
    for role in ["shop:editor", "shop:auditor", "payroll"] {
        idp.add_role(role).await;
    }
    let staff = idp.add_group("staff").await;
    let alice = idp.add_user("alice").await;
    for role in ["shop:editor", "payroll"] {
        idp.give_role(alice, role).await;
    }
    let auditor = RoleHolder::Group(staff.id);
    let role = idp.role("shop:auditor").await.id;
    idp.operator().assign_role(role, auditor, true, idp.clock.now()).await.unwrap();
    idp.set_member(&staff, alice, true).await;
    let site = site_with(mappings);
    idp.add_client(&site).await;
    let browser = idp.browser();
    let tokens = browser.sign_in_for_tokens(&idp, &site, "alice").await;
    (SignedIn { idp, site, alice, browser, tokens }, staff)
}

#[tokio::test]
async fn m02_claims_go_into_each_place_that_the_operator_chose_and_no_other() {
    let (story, _) = shop(&["shop_roles=roles:shop:@access_token,id_token", "teams=groups@userinfo"]).await;
    let (access, id) = (jwt::claims(story.access_token()), jwt::claims(story.id_token()));
    assert_eq!(access["shop_roles"], json!(["auditor", "editor"]));
    assert_eq!(id["shop_roles"], json!(["auditor", "editor"]));
    assert_eq!((&access["teams"], &id["teams"]), (&Value::Null, &Value::Null));
    let userinfo = story.idp.userinfo(story.access_token()).await;
    assert_eq!((&userinfo.body["teams"], &userinfo.body["shop_roles"]), (&json!(["staff"]), &Value::Null));
    let refreshed = story.idp.refresh(&story.site, story.refresh_token()).await;
    assert_eq!(access_claim(&refreshed, "shop_roles"), json!(["auditor", "editor"]));
    let form = [("token", story.access_token())];
    let introspected = story.idp.post_as(&story.site, "/introspect", &form).await;
    assert_eq!(introspected.body["shop_roles"], json!(["auditor", "editor"]));
    // It is a hint still, with claims of its own.
    let hinted = story.code_with(&[("id_token_hint", story.id_token())]).await;
    assert_eq!(story.idp.redeem(&story.site, &hinted).await.status, 200);
}

#[tokio::test]
async fn m02_a_client_for_which_nothing_is_mapped_gets_the_tokens_it_always_got() {
    let (story, _) = shop(&[]).await;
    let names = |token: &str| jwt::claims(token).as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let access =
        ["acr", "amr", "aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "scope", "sid", "sub"];
    assert_eq!(names(story.access_token()), access);
    assert!(!names(story.id_token()).iter().any(|name| name.contains("role") || name.contains("group")));
}

#[tokio::test]
async fn m10_a_lost_role_ends_what_the_site_was_told_and_the_next_refresh_tells_what_is_left() {
    let (story, staff) = shop(&["roles=roles:shop:"]).await;
    let (idp, site) = (&story.idp, &story.site);
    idp.take_role(story.alice, "payroll").await;
    assert!(idp.is_active(site, story.access_token()).await, "the site was never told of it");
    idp.take_role(story.alice, "shop:editor").await;
    assert!(!idp.is_active(site, story.access_token()).await);
    assert_eq!(idp.userinfo(story.access_token()).await.status, 401);
    let first = idp.refresh(site, story.refresh_token()).await;
    assert_eq!(access_claim(&first, "roles"), json!(["auditor"]));
    assert!(idp.is_active(site, first.text("access_token")).await, "in the very same second");
    // Again, by the group.
    idp.set_member(&staff, story.alice, false).await;
    assert!(!idp.is_active(site, first.text("access_token")).await);
    let second = idp.refresh(site, first.text("refresh_token")).await;
    assert_eq!(access_claim(&second, "roles"), json!([]));
    // A gain ends nothing, and comes with the next token.
    idp.give_role(story.alice, "shop:editor").await;
    assert!(idp.is_active(site, second.text("access_token")).await);
    let third = idp.refresh(site, second.text("refresh_token")).await;
    assert_eq!(access_claim(&third, "roles"), json!(["editor"]));
    assert!(!idp.is_active(site, story.access_token()).await, "nothing comes back with the role");
}

#[tokio::test(flavor = "multi_thread")]
async fn m10_a_site_that_verifies_offline_refuses_within_a_second_what_it_was_told_of_a_lost_role() {
    let (story, _) = shop(&["roles=roles:shop:"]).await;
    let (idp, site) = (&story.idp, &story.site);
    let offline = OfflineSite::of(idp, site, Freshness::Feed { within: Duration::from_secs(3) }).await;
    let other = story.grant().await;
    for tokens in [&story.tokens, &other] {
        assert_eq!(offline.verdict(idp, tokens.text("access_token")), Ok(()));
    }
    let since = tokio::time::Instant::now();
    idp.take_role(story.alice, "shop:editor").await;
    for tokens in [&story.tokens, &other] {
        let took = offline.refuses(idp, tokens.text("access_token"), since).await;
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
    let next = idp.refresh(site, story.refresh_token()).await;
    assert_eq!(offline.verdict(idp, next.text("access_token")), Ok(()));
    // The end of the grant reaches its newer tokens as well.
    let form = [("token", next.text("refresh_token"))];
    let since = tokio::time::Instant::now();
    assert_eq!(idp.post_as(site, "/revoke", &form).await.status, 200);
    offline.refuses(idp, next.text("access_token"), since).await;
}

#[tokio::test]
async fn m10_a_claim_of_the_id_token_that_is_lost_ends_the_grant() {
    let (story, staff) = shop(&["teams=groups@id_token"]).await;
    story.idp.set_member(&staff, story.alice, false).await;
    assert!(!story.idp.is_active(&story.site, story.access_token()).await);
    assert_eq!(story.idp.refresh(&story.site, story.refresh_token()).await.refusal(), INVALID_GRANT);
    let again = story.grant().await;
    assert_eq!(jwt::claims(again.text("id_token"))["teams"], json!([]), "a sign-in tells what is left");
}

#[tokio::test]
async fn m10_a_role_or_group_that_is_removed_renamed_or_taken_from_a_group_is_lost_to_all() {
    for act in ["remove role", "rename role", "take from group", "remove group"] {
        let (story, staff) = shop(&["roles=roles:shop:"]).await;
        let (idp, site) = (&story.idp, &story.site);
        let (operator, now) = (idp.operator(), idp.clock.now());
        let role = idp.role("shop:auditor").await;
        match act {
            "remove role" => operator.remove_role(role, now).await.unwrap(),
            "rename role" => {
                let change =
                    RoleChange { name: Some("shop:reader".parse().unwrap()), ..RoleChange::default() };
                operator.change_role(role, change, now).await.map(drop).unwrap();
            }
            "take from group" => {
                let holder = RoleHolder::Group(staff.id);
                assert!(operator.assign_role(role.id, holder, false, now).await.unwrap());
            }
            _ => operator.remove_group(staff, now).await.unwrap(),
        }
        assert!(!idp.is_active(site, story.access_token()).await, "{act}");
        let left = access_claim(&idp.refresh(site, story.refresh_token()).await, "roles");
        let expected = if act == "rename role" { json!(["editor", "reader"]) } else { json!(["editor"]) };
        assert_eq!(left, expected, "{act}");
    }
}

#[tokio::test]
async fn m10_a_group_that_is_renamed_or_described_ends_no_more_than_what_named_it() {
    let (story, staff) = shop(&["teams=groups"]).await;
    let (idp, site) = (&story.idp, &story.site);
    let change = |name: Option<&str>| GroupChange {
        name: name.map(|name| name.parse().unwrap()),
        description: Some("Everybody".to_owned()),
        external_id: None,
    };
    let now = idp.clock.now();
    let staff = idp.operator().change_group(staff, change(None), now).await.unwrap();
    assert!(idp.is_active(site, story.access_token()).await);
    idp.operator().change_group(staff, change(Some("everybody")), now).await.unwrap();
    assert!(!idp.is_active(site, story.access_token()).await);
    let next = idp.refresh(site, story.refresh_token()).await;
    assert_eq!(access_claim(&next, "teams"), json!(["everybody"]));
}

/// Puts so many new people into a group.
async fn fill(idp: &TestIdp, group: &Group, count: usize) {
    let (group, now) = (group.id, idp.clock.now());
    for from in (0..count).step_by(100) {
        let filled = idp.db.write(Locks::installation(), move |connection| {
            for number in from..(from + 100).min(count) {
                let user = User {
                    id: random::new_id(now),
                    username: Username::parse(&format!("person-{number}")).unwrap(),
                    status: UserStatus::Active,
                    not_before: UnixTime(0),
                    claims: StandardClaims::default(),
                    created_at: now,
                    second_factor: SecondFactorDuty::default(),
                    browsers_forgotten_at: None,
                };
                users::insert(connection, &user)?;
                groups::add_member(connection, group, user.id)?;
            }
            Ok(())
        });
        filled.await.unwrap();
    }
}

async fn rows_of(idp: &TestIdp, group: Uuid) -> usize {
    idp.db.read(move |connection| groups::members(connection, group, None, 5_000)).await.unwrap().len()
}

#[tokio::test]
async fn m10_a_group_of_many_is_lost_to_all_at_once_and_its_rows_go_some_at_a_time() {
    let (story, staff) = shop(&["teams=groups"]).await;
    let (idp, site) = (&story.idp, &story.site);
    fill(idp, &staff, 1_100).await;
    idp.add_user("bob").await;
    let bob = idp.browser().sign_in_for_tokens(idp, site, "bob").await;
    let id = staff.id;
    idp.operator().remove_group(staff, idp.clock.now()).await.unwrap();
    assert!(!idp.is_active(site, story.access_token()).await);
    assert_eq!(access_claim(&idp.refresh(site, story.refresh_token()).await, "teams"), json!([]));
    assert!(idp.is_active(site, bob.text("access_token")).await, "who was not in it goes on");
    let left = rows_of(idp, id).await;
    assert!((1..1_100).contains(&left), "{left}");
    // Another group of the name is another group.
    let again = idp.add_group("staff").await;
    assert_eq!(access_claim(&story.grant().await, "teams"), json!([]));
    assert_eq!(rows_of(idp, again.id).await, 0);
    idp.app.store.clean_up(idp.clock.now()).await;
    assert_eq!(rows_of(idp, id).await, 0);
}

/// Alice with so many roles that no token has room for them.
async fn with_many_roles(count: usize) -> (SignedIn, Vec<String>) {
    let idp = TestIdp::start().await;
    let alice = idp.add_user("alice").await;
    let roles: Vec<String> = (0..count).map(|n| format!("role-{n:03}")).collect();
    for role in &roles {
        idp.add_role(role).await;
        idp.give_role(alice, role).await;
    }
    let site = site_with(&["roles=roles@access_token,userinfo"]);
    idp.add_client(&site).await;
    let browser = idp.browser();
    let tokens = browser.sign_in_for_tokens(&idp, &site, "alice").await;
    (SignedIn { idp, site, alice, browser, tokens }, roles)
}

#[tokio::test(flavor = "multi_thread")]
async fn m20_very_many_roles_travel_as_the_name_of_a_bundle_which_the_sdk_resolves_once() {
    let (story, roles) = with_many_roles(80).await;
    let idp = &story.idp;
    assert!(story.access_token().len() <= 1024 + 512, "{}", story.access_token().len());
    let claims = jwt::claims(story.access_token());
    let bundle = PermissionBundle::of(&json!(roles));
    assert_eq!((&claims["roles"], &claims["roles_bundle"]), (&Value::Null, &json!(bundle.hash)));
    let answer = idp.send(idp.http.get(idp.url(&format!("/bundles/{}", bundle.hash)))).await;
    assert_eq!((answer.status, &answer.body), (200, &json!(roles)));
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(idp.userinfo(story.access_token()).await.body["roles"], json!(roles));
    // The same person gets the same bundle with the next token.
    let next = idp.refresh(&story.site, story.refresh_token()).await;
    assert_eq!(access_claim(&next, "roles_bundle"), json!(bundle.hash));

    let keys = RemoteKeys::start(&idp.issuer, KeyOptions::default()).unwrap();
    keys.ready().await.unwrap();
    let audience = story.site.client.metadata.audience.clone();
    let verifier =
        Verifier::builder(&idp.issuer, audience).freshness(Freshness::Offline).build(keys).unwrap();
    let now = resource_sdk::UnixTime::from_secs(idp.clock.now().as_secs());
    let token = verifier.verify(story.access_token(), now).unwrap();
    let server = ResourceServer::new(verifier);
    assert_eq!(server.values(&token, "roles").await.unwrap().to_vec(), roles);
    let missing = server.values(&token, "groups").await;
    assert_eq!(missing, Err(ValuesError::NotMapped("groups".to_owned())));
    // Known now: the provider may be away.
    let hash = bundle.hash.clone();
    let forget = move |connection: &mut _| permission_bundles::purge(connection, UnixTime(i64::MAX), 10);
    assert_eq!(idp.db.write(Locks::none(), forget).await.unwrap(), 1);
    assert_eq!(idp.send(idp.http.get(idp.url(&format!("/bundles/{hash}")))).await.status, 404);
    assert_eq!(server.values(&token, "roles").await.unwrap().len(), roles.len());
}

#[tokio::test]
async fn m20_a_bundle_stays_as_long_as_a_token_names_it_and_no_longer() {
    let (story, roles) = with_many_roles(80).await;
    let idp = &story.idp;
    let url = idp.url(&format!("/bundles/{}", PermissionBundle::of(&json!(roles)).hash));
    idp.clock.advance(30 * 60);
    idp.app.store.clean_up(idp.clock.now()).await;
    assert_eq!(idp.send(idp.http.get(&url)).await.status, 200);
    idp.clock.advance(2 * 24 * 60 * 60);
    idp.app.store.clean_up(idp.clock.now()).await;
    assert_eq!(idp.send(idp.http.get(&url)).await.status, 404);
    for none in ["x", &"A".repeat(43), &"A".repeat(44), &"%00".repeat(43)] {
        assert_eq!(idp.send(idp.http.get(idp.url("/bundles/").as_str().to_owned() + none)).await.status, 404);
    }
}

#[tokio::test]
async fn m10_a_role_lost_out_of_a_bundle_is_lost_like_any_other() {
    let (story, roles) = with_many_roles(80).await;
    let (idp, site) = (&story.idp, &story.site);
    idp.take_role(story.alice, "role-079").await;
    assert!(!idp.is_active(site, story.access_token()).await);
    let next = idp.refresh(site, story.refresh_token()).await;
    let left = PermissionBundle::of(&json!(roles[..79]));
    assert_eq!(access_claim(&next, "roles_bundle"), json!(left.hash));
}

#[tokio::test]
async fn m20_a_mapping_that_no_token_has_room_for_is_refused_when_it_is_made() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let wide = |mut metadata: ClientMetadata| {
        let names =
            (0..12).map(|n| format!("https://claims.example.com/a-long-name-{n}=roles").parse().unwrap());
        metadata.claims_mapping = names.collect::<Vec<_>>().into();
        Ok::<_, DirectoryError>(metadata)
    };
    let (id, now) = (&story.site.client.id, story.idp.clock.now());
    let refused = story.idp.operator().change_client(id, wide, now).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::OverBudget(_)), "{refused}");
}

#[tokio::test]
async fn m10_a_grant_that_was_opened_before_a_claim_was_mapped_ends_with_a_loss() {
    let (story, _) = shop(&[]).await;
    let (idp, site) = (&story.idp, &story.site);
    let map = |mut metadata: ClientMetadata| {
        metadata.claims_mapping = vec!["roles=roles:shop:".parse().unwrap()].into();
        Ok::<_, DirectoryError>(metadata)
    };
    idp.operator().change_client(&site.client.id, map, idp.clock.now()).await.unwrap();
    let next = idp.refresh(site, story.refresh_token()).await;
    assert_eq!(access_claim(&next, "roles"), json!(["auditor", "editor"]), "the next token has it");
    idp.take_role(story.alice, "shop:editor").await;
    assert!(!idp.is_active(site, next.text("access_token")).await);
    assert_eq!(idp.refresh(site, next.text("refresh_token")).await.refusal(), INVALID_GRANT);
}
