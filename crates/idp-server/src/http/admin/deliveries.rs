//! `/admin/deliveries` and below: logout tokens, letters, and who follows the feed; having one of the former tried again, or
//! giving it up.

use super::act::{asked, carried, check, done, page_error, problem, receipt_of, token};
use super::gate::Administrator;
use super::groups::{cut, rows};
use super::people::address_of;
use super::people::lines::names_of;
use crate::db::feed_acknowledgements::FeedAcknowledgement;
use crate::db::logout_deliveries::{self, Delivery};
use crate::db::mails::{self, Mail};
use crate::http::flow::account_page::own_spelling;
use crate::http::flow::{AdminPage, PeoplePage, PersonPage};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::picture::share;
use crate::page::admin::{
    AdminAct, AdminDeliveriesPage, AdminFeedPage, AdminProblem, AdminRoom, AuditLink, DeliveryLine,
    DeliveryState, FeedLine,
};
use crate::page::{
    DisplayText, FormSeal, PageError, PageSecurity, RelativeTime, TypedText, respond, subject_of,
};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::Permission;
use idp_core::client::ClientId;
use idp_core::discovery::path;
use idp_core::time::UnixTime;
use std::collections::BTreeMap;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

/// A page of a list, and where the next one is.
type Listed = (Vec<DeliveryLine>, Option<String>);

/// GET: logout tokens, or letters.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    show(&request, &administrator, administrator.page, None).await
}

/// GET of what is only posted to, as after a sign-in that came between: the list it is done from.
pub async fn lead_back(administrator: Administrator) -> HttpResponse {
    crate::http::request::browser_request::see_other(&list_of(administrator.page).path())
}

/// POST: has one tried again, or gives it up.
pub async fn settle(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let (retried, given_up) = (form.field("retry"), form.field("give_up"));
    let (act, id) = match retried.is_empty() {
        false => (AdminAct::TriedAgain, retried),
        true => (AdminAct::DeliveryGivenUp, given_up),
    };
    if id.is_empty() || id.contains('\0') {
        return Err(PageError::Malformed);
    }
    let (by, now) = (administrator.administration(&request), request.now);
    let outcome = match (administrator.page, act, own_spelling(id)) {
        (AdminPage::SettleDelivery, AdminAct::TriedAgain, _) => by.retry_logout_delivery(id, now).await,
        (AdminPage::SettleDelivery, _, _) => by.give_up_logout_delivery(id, now).await,
        (AdminPage::SettleMail, AdminAct::TriedAgain, Some(mail)) => by.retry_mail(mail, now).await,
        (AdminPage::SettleMail, _, Some(mail)) => by.give_up_mail(mail, now).await,
        _ => return Err(PageError::Malformed),
    };
    let list = list_of(administrator.page);
    match outcome {
        Ok(()) => done(&request, &administrator, list, (act, "", "")),
        Err(error) => {
            let problem = problem(&request, error)?;
            show(&request, &administrator, list, Some(problem)).await
        }
    }
}

const fn list_of(page: AdminPage) -> AdminPage {
    match page {
        AdminPage::SettleMail | AdminPage::Mails => AdminPage::Mails,
        _ => AdminPage::Deliveries,
    }
}

async fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    list: AdminPage,
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    let is_of_mails = list == AdminPage::Mails;
    let state = request.query_param("state").as_deref().and_then(DeliveryState::parse);
    let client = asked(request, "client");
    let (lines, next) = match is_of_mails {
        true => mails(request, administrator, state).await?,
        false => logouts(request, administrator, &client, state).await?,
    };
    let settle = if is_of_mails { AdminPage::SettleMail } else { AdminPage::SettleDelivery };
    let tx = carried(settle, &());
    let (post_to, csrf) = (settle.path(), token(request, administrator, &tx));
    let may_act = administrator.may(Permission::ManageDeliveries);
    let page = AdminDeliveriesPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Deliveries),
        list: if is_of_mails { path::ADMIN_MAILS } else { path::ADMIN_DELIVERIES },
        receipt: receipt_of(request, administrator),
        problem,
        client: (!is_of_mails).then(|| TypedText::new(&client)),
        state,
        lines,
        next,
        seal: may_act.then_some(FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf }),
    };
    Ok(page.respond())
}

async fn logouts(
    request: &BrowserRequest,
    administrator: &Administrator,
    client: &str,
    state: Option<DeliveryState>,
) -> Result<Listed, PageError> {
    let wanted = match ClientId::parse(client) {
        Ok(client) => Some(client),
        Err(_) if client.is_empty() => None,
        // No client is called so.
        Err(_) => return Ok((Vec::new(), None)),
    };
    let in_state = state.map(|state| match state {
        DeliveryState::Pending => logout_deliveries::State::Pending,
        DeliveryState::Done => logout_deliveries::State::Delivered,
        DeliveryState::GivenUp => logout_deliveries::State::GivenUp,
    });
    let after = asked(request, "after");
    let after = Some(after).and_then(|place| {
        let (ms, id) = place.split_once(':')?;
        Some((ms.parse().ok()?, id.to_owned()))
    });
    let found =
        administrator.administration(request).logout_deliveries(wanted, in_state, after, rows()).await;
    let mut found = found.map_err(|error| page_error(request, error))?;
    let next = cut(&mut found).map(|last| format!("{}:{}", last.created_ms, last.id));
    let next = next.map(|after| address(path::ADMIN_DELIVERIES, client, state, &after));
    let concerned = found.iter().filter_map(|delivery| own_spelling(&delivery.sub)).collect();
    let names = names_of(request, administrator, concerned).await?;
    Ok((found.iter().map(|delivery| logout(request, delivery, &names)).collect(), next))
}

/// To the person, as far as the administrator may see people and they are still there.
fn person(id: &str, names: &BTreeMap<Uuid, DisplayText>) -> AuditLink {
    match own_spelling(id).and_then(|id| Some((id, names.get(&id)?))) {
        Some((id, name)) => {
            AuditLink { name: name.clone(), to: Some(address_of(PeoplePage::Of(PersonPage::Show, id))) }
        }
        None => AuditLink { name: DisplayText::name(id), to: None },
    }
}

fn logout(
    request: &BrowserRequest,
    delivery: &Delivery,
    names: &BTreeMap<Uuid, DisplayText>,
) -> DeliveryLine {
    DeliveryLine {
        id: DisplayText::reason(&delivery.id),
        what: DisplayText::name(delivery.client.as_str()),
        person: Some(person(&delivery.sub, names)),
        state: match delivery.state {
            logout_deliveries::State::Pending => DeliveryState::Pending,
            logout_deliveries::State::Delivered => DeliveryState::Done,
            logout_deliveries::State::GivenUp => DeliveryState::GivenUp,
        },
        created: ago(request, delivery.created_ms),
        attempts: usize::try_from(delivery.attempts).unwrap_or_default(),
        error: delivery.last_error.as_deref().map(DisplayText::reason),
    }
}

async fn mails(
    request: &BrowserRequest,
    administrator: &Administrator,
    state: Option<DeliveryState>,
) -> Result<Listed, PageError> {
    let in_state = state.map(|state| match state {
        DeliveryState::Pending => mails::State::Pending,
        DeliveryState::Done => mails::State::Sent,
        DeliveryState::GivenUp => mails::State::GivenUp,
    });
    let before = request.query_param("after").as_deref().and_then(own_spelling);
    let found = administrator.administration(request).mails(in_state, before, rows()).await;
    let mut found = found.map_err(|error| page_error(request, error))?;
    let next = cut(&mut found).map(|last| last.id.to_string());
    let next = next.map(|after| address(path::ADMIN_MAILS, "", state, &after));
    let concerned = found.iter().filter_map(|mail| mail.user).collect();
    let names = names_of(request, administrator, concerned).await?;
    Ok((found.iter().map(|mail| letter(request, mail, &names)).collect(), next))
}

fn letter(request: &BrowserRequest, mail: &Mail, names: &BTreeMap<Uuid, DisplayText>) -> DeliveryLine {
    DeliveryLine {
        id: DisplayText::name(&mail.id.to_string()),
        what: subject_of(&mail.kind).map_or_else(
            || DisplayText::name(&mail.kind),
            |words| DisplayText::name(&request.layout().say(words)),
        ),
        person: mail.user.map(|user| person(&user.to_string(), names)),
        state: match mail.state {
            mails::State::Pending => DeliveryState::Pending,
            mails::State::Sent => DeliveryState::Done,
            mails::State::GivenUp => DeliveryState::GivenUp,
        },
        created: ago(request, mail.created_ms),
        attempts: usize::try_from(mail.attempts).unwrap_or_default(),
        error: mail.last_error.as_deref().map(DisplayText::reason),
    }
}

/// GET: who follows the feed.
pub async fn feed(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let after = asked(&request, "after");
    let after = Some(after).and_then(|place| {
        let (client, instance) = place.split_once(':')?;
        Some((client.to_owned(), instance.to_owned()))
    });
    let found = administrator.administration(&request).feed_listeners(None, after, rows()).await;
    let (mut found, newest) = found.map_err(|error| page_error(&request, error))?;
    let next = cut(&mut found).map(|last| format!("{}:{}", last.client_id, last.instance));
    let most = found.iter().map(|row| lag(row, newest)).max().unwrap_or_default();
    let page = AdminFeedPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Deliveries),
        list: path::ADMIN_FEED,
        lines: found.iter().map(|row| feed_line(&request, row, newest, most)).collect(),
        next: next.map(|after| address(path::ADMIN_FEED, "", None, &after)),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// A process of a site; `newest` is the number of the log that it should have come to, `most` what the one lags that lags most.
pub fn feed_line(request: &BrowserRequest, row: &FeedAcknowledgement, newest: i64, most: u64) -> FeedLine {
    let lag = lag(row, newest);
    FeedLine {
        client: DisplayText::name(&row.client_id),
        instance: DisplayText::name(&row.instance),
        is_connected: row.connected_until > request.now.as_secs(),
        lag: usize::try_from(lag).unwrap_or(usize::MAX),
        share: if most == 0 { 0 } else { share(lag, most) },
        confirmed: (row.received_ms > 0).then(|| ago(request, row.received_ms)),
    }
}

fn lag(row: &FeedAcknowledgement, newest: i64) -> u64 {
    u64::try_from(newest.saturating_sub(row.number)).unwrap_or_default()
}

fn ago(request: &BrowserRequest, ms: i64) -> RelativeTime {
    RelativeTime::new(UnixTime(ms.div_euclid(1000)), request.now, request.layout().language)
}

fn address(page: &str, client: &str, state: Option<DeliveryState>, after: &str) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in
        [("client", client), ("state", state.map_or("", DeliveryState::as_str)), ("after", after)]
    {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    format!("{page}?{}", query.finish())
}
