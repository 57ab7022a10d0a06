//! What is asked where something went wrong, or once in a while.

use idp_core::client::ClientId;
use idp_core::secret::SecretHash;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::token::{PermissionBundle, TokenId};
use idp_core::user::UserStatus;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_server::db::ending_sessions::{self, EndingSessions};
use idp_server::db::grants::{GrantKey, GrantSelector};
use idp_server::db::logout_deliveries as deliveries;
use idp_server::db::{
    Connection, DbError, bring_back, clients, consents, denied_tokens, device_names, devices,
    feed_acknowledgements as acknowledgements, grants, idempotency_keys, memberships, nodes,
    password_credentials as passwords, permission_bundles, redis_continuity, revocations, sessions, users,
};
use uuid::Uuid;

/// What is asked where something went wrong, or once in a while.
pub fn rare_questions(
    connection: &mut Connection,
    user: Uuid,
    sid: Uuid,
    client: &ClientId,
) -> Result<(), DbError> {
    let now = UnixTime(1_700_000_000);
    audit_events::count(connection, AuditEvent::SignedIn)?;
    clients::following_feed(connection)?;
    deliveries::of_sessions(connection, &[sid, user])?;
    deliveries::waiting_for(connection, client.as_str(), 9)?;
    denied_tokens::is_denied(connection, "a.b")?;
    acknowledgements::connected(connection, std::slice::from_ref(client), 1)?;
    for of in [GrantSelector::Grant(sid), GrantSelector::Session(sid)] {
        grants::named(connection, &of)?;
    }
    grants::open_of_client(connection, client, now, 10)?;
    clients::next_removed(connection, None)?;
    clients::using_memberships(connection)?;
    memberships::of_user(connection, user)?;
    permission_bundles::kept_until(connection, "none")?;
    permission_bundles::content(connection, "none")?;
    clients::void_earlier(connection, client, now)?;
    revocations::after(connection, 0)?;
    redis_continuity::get(connection)?;
    sessions::begun_after(connection, now, 10)?;
    sessions::with_user_and_client(connection, sid, client)?;
    grants::by_id(connection, sid)?;
    let of_token = GrantKey::of_token(&TokenId::for_grant(sid, 0, &mut rsa::rand_core::OsRng));
    for answer in grants::with_persons(connection, &[GrantKey::by_id(sid), of_token.unwrap()])? {
        assert!(answer?.is_none());
    }
    grants::last_use_within(connection, sid)?;
    users::exist(connection).map(drop)
}

pub fn rare_acts(
    connection: &mut Connection,
    user: Uuid,
    sid: Uuid,
    client: &ClientId,
) -> Result<(), DbError> {
    let now = UnixTime(1_700_000_000);
    let id = client.as_str();
    acknowledgements::listens(connection, id, "one", 1)?;
    acknowledgements::confirm(connection, id, "one", 7, 1, 1)?;
    acknowledgements::left(connection, id, "one", 1, 2)?;
    acknowledgements::purge(connection, now, 1)?;
    idempotency_keys::begin(connection, "a", "b", now)?;
    idempotency_keys::set_answer(connection, "a", "c")?;
    assert!(idempotency_keys::get(connection, "a")?.is_some());
    idempotency_keys::forget(connection, "a")?;
    consents::add(connection, user, client, &Default::default(), now)?;
    consents::add(connection, user, client, &Default::default(), now)?;
    consents::of_user(connection, user)?;
    consents::withdraw(connection, user, client, now)?;
    consents::forget_some_of(connection, client, 1)?;
    consents::withdraw(connection, user, client, now)?;
    grants::open_of_user(connection, user)?;
    grants::begin_epoch(connection, sid, 1)?;
    let bundle = PermissionBundle::of(&"[]".into());
    permission_bundles::keep(connection, &bundle, now)?;
    permission_bundles::keep(connection, &bundle, now.plus(1))?;
    permission_bundles::purge(connection, now, 1)?;
    grants::forget_some_of(connection, client, 0)?;
    deliveries::forget_some_of(connection, client, 0)?;
    deliveries::give_up(connection, "none", "no")?;
    device_names::of(connection, user, sid)?;
    devices::forget_those_of(connection, user)?;
    sessions::forget_ended_of(connection, user, 0)?;
    devices::forget_unused(connection, &[SecretHash::of_nothing()])?;
    sessions::touch(connection, sid, now)?;
    sessions::touch_from(connection, sid, "192.0.2.1", now, now)?;
    sessions::end_all_of(connection, user, EndCause::Kicked, now)?;
    for of in [GrantSelector::Grant(sid), GrantSelector::User(sid), GrantSelector::Session(sid)] {
        grants::end(connection, &of, EndCause::Kicked, now)?;
    }
    let at_client = EndingSessions::AtClient { user, client, nonce: sid };
    for of in [EndingSessions::Sessions(&[sid, user]), EndingSessions::User(sid), at_client] {
        ending_sessions::enqueue(connection, of, 1)?;
    }
    bring_back::user(connection, "nobody", now, now)?;
    bring_back::client(connection, "nobody", now, now)?;
    bring_back::everybody(connection, now, now)?;
    bring_back::revocations(connection, UnixTime(0), now)?;
    bring_back::last_uses(connection, &[sid.to_string()], now, now)?;
    redis_continuity::begin(connection, 0, 1, 1)?;
    redis_continuity::raise(connection, 2)?;
    redis_continuity::bring_back(connection, 1, 1)?;
    nodes::forget(connection, "nobody")?;
    passwords::rehash_password(connection, user, "$a$v$c$s$h", "$a$v$d$s$h")?;
    passwords::remove(connection, user)?;
    passwords::insert(connection, user, "$a$v$c$s$h")?;
    passwords::rehash_password(connection, user, "$a$v$c$s$h", "$a$v$d$s$h")?;
    clients::set_secrets(connection, client, &[])?;
    revocations::note_lifetime(connection, Some(1))?;
    users::set_status(connection, user, UserStatus::Active, now)?;
    users::void_earlier(connection, user, now)
}
