//! `/admin/keys` and what is done there: the signing keys over time, and moving them on before it is due.

use super::act::{carried, check, done, page_error, problem, receipt_of, token};
use super::gate::Administrator;
use crate::directory::keys::in_order;
use crate::http::flow::{AdminPage, TextId};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::picture::{Scale, Stretch};
use crate::page::admin::{
    AdminAct, AdminAskPage, AdminKeysPage, AdminProblem, AdminQuestion, AdminRoom, KeyLine, KeyStanding,
};
use crate::page::{DisplayText, FormSeal, PageError, PageSecurity, RelativeTime, respond};
use crate::store::signing_keys::states_of;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::Permission;
use idp_core::key::{KeyRing, KeyState, RingKey};
use idp_core::time::UnixTime;
use std::sync::Arc;

/// GET: the keys.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let ring = ring(&request, &administrator).await?;
    let (keys, now) = lines(&request, &ring);
    let page = AdminKeysPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Keys),
        receipt: receipt_of(&request, &administrator),
        keys,
        now,
        may_act: administrator.may(Permission::ManageKeys),
        is_next_ready: ring.as_ref().clone().promote(request.now).is_ok(),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// Each key in words and over time, and where the present is in the picture.
pub fn lines(request: &BrowserRequest, ring: &KeyRing) -> (Vec<KeyLine>, i64) {
    let keys = in_order(ring);
    let times = keys.iter().flat_map(|key| stretches(ring, key)).flat_map(|(_, from, until)| [from, until]);
    let scale = Scale::of(times.chain([request.now]));
    let lines = keys.iter().map(|key| line(request, ring, key, scale)).collect();
    (lines, scale.x(request.now).min(997))
}

fn line(request: &BrowserRequest, ring: &KeyRing, entry: &RingKey, scale: Scale) -> KeyLine {
    let policy = ring.policy();
    let (standing, since, until) = match entry.state {
        KeyState::Next { published_at } => {
            (KeyStanding::Next, published_at, published_at.plus(policy.publish_ahead()))
        }
        KeyState::Active { since } => (KeyStanding::Active, since, since.plus(policy.rotate_every())),
        KeyState::Retired { since } => (KeyStanding::Retired, since, since.plus(policy.keep_retired())),
    };
    let kid = TextId::parse(entry.key.kid());
    let of = |page: fn(TextId) -> AdminPage| kid.map(|kid| page(kid).path().into_owned());
    let drawn = |(class, from, until)| scale.stretch(class, from, until);
    KeyLine {
        kid: DisplayText::name(entry.key.kid()),
        algorithm: DisplayText::name(&entry.key.public_jwk().alg),
        standing,
        since: RelativeTime::new(since, request.now, request.layout().language),
        until,
        stretches: stretches(ring, entry).into_iter().map(drawn).collect::<Vec<Stretch>>(),
        retire: of(AdminPage::RetireKey).filter(|_| standing == KeyStanding::Active),
        give_up: of(AdminPage::GiveUpKey).unwrap_or_default(),
    }
}

/// What a key is, from when until when, as far as the ring and its policy tell.
fn stretches(ring: &KeyRing, entry: &RingKey) -> Vec<(&'static str, UnixTime, UnixTime)> {
    let policy = ring.policy();
    let signs_since = ring.keys().iter().find_map(|key| match key.state {
        KeyState::Active { since } => Some(since),
        _ => None,
    });
    match entry.state {
        KeyState::Next { published_at } => {
            let earliest = published_at.plus(policy.publish_ahead());
            let due = signs_since.map_or(earliest, |since| since.plus(policy.rotate_every())).max(earliest);
            vec![("key-next", published_at, due)]
        }
        KeyState::Active { since } => vec![("key-active", since, since.plus(policy.rotate_every()))],
        KeyState::Retired { since } => vec![("key-retired", since, since.plus(policy.keep_retired()))],
    }
}

/// GET: what would follow.
pub async fn ask(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let ring = ring(&request, &administrator).await?;
    show(&request, &administrator, &ring, None)
}

/// POST: does it.
pub async fn act(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let ring = ring(&request, &administrator).await?;
    if form.tx() != carried(administrator.page, &states_of(&ring)) {
        return show(&request, &administrator, &ring, Some(AdminProblem::ChangedMeanwhile));
    }
    let (by, now) = (administrator.administration(&request), request.now);
    let (act, kid, outcome) = match administrator.page {
        AdminPage::RotateKeys => (AdminAct::KeysRotated, String::new(), by.rotate_keys(now).await),
        AdminPage::RetireKey(kid) => {
            (AdminAct::KeyRetired, kid.to_string(), by.retire_key(kid.to_string(), now).await)
        }
        AdminPage::GiveUpKey(kid) => {
            (AdminAct::KeyGivenUp, kid.to_string(), by.give_up_key(kid.to_string(), now).await)
        }
        _ => return Err(PageError::NotFound),
    };
    match outcome {
        Ok(()) => done(&request, &administrator, AdminPage::Keys, (act, &kid, "")),
        Err(error) => {
            let problem = problem(&request, error)?;
            show(&request, &administrator, &ring, Some(problem))
        }
    }
}

/// The keys as they are stored by now.
pub async fn ring(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<Arc<KeyRing>, PageError> {
    let found = administrator.administration(request).signing_keys().await;
    found.map_err(|error| page_error(request, error))
}

fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    ring: &KeyRing,
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    let tx = carried(administrator.page, &states_of(ring));
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminAskPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Keys),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        question: question(administrator.page, ring)?,
        problem,
        back: &AdminPage::Keys.path(),
    };
    Ok(page.respond())
}

fn question(page: AdminPage, ring: &KeyRing) -> Result<AdminQuestion, PageError> {
    let known = |kid: TextId| {
        let found = ring.keys().iter().find(|entry| entry.key.kid() == kid.as_str());
        found.map(|_| DisplayText::name(kid.as_str())).ok_or(PageError::NotFound)
    };
    let signs = |kid: TextId| ring.signer().is_some_and(|key| key.kid() == kid.as_str());
    match page {
        AdminPage::RotateKeys => {
            let next = ring.keys().iter().find(|entry| matches!(entry.state, KeyState::Next { .. }));
            Ok(AdminQuestion::RotateKeys { next: next.map(|entry| DisplayText::name(entry.key.kid())) })
        }
        AdminPage::RetireKey(kid) => Ok(AdminQuestion::RetireKey { kid: known(kid)?, signs: signs(kid) }),
        AdminPage::GiveUpKey(kid) => Ok(AdminQuestion::GiveUpKey { kid: known(kid)?, signs: signs(kid) }),
        _ => Err(PageError::NotFound),
    }
}
