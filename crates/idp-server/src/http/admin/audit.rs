//! `/admin/audit`: the log by whom and what it is about, and a copy of it under the same filters.

use super::act::{asked, page_error};
use super::gate::Administrator;
use super::groups::ROWS;
use super::people::address_of;
use super::people::lines::{actor_of, detail_of, names_of, person_of};
use crate::admin_api::Problem;
use crate::admin_api::audit::{ExportAuditCsv, ExportAuditLines};
use crate::date::{from_rfc3339, rfc3339};
use crate::db::audit_events::AuditEvent;
use crate::db::audit_search::{AuditFilter, LoggedEvent};
use crate::db::authority::Principal;
use crate::http::admin_api;
use crate::http::flow::account_page::own_spelling;
use crate::http::flow::{AdminPage, PeoplePage, PersonPage, TextId};
use crate::http::request::BrowserRequest;
use crate::page::admin::{AdminAuditPage, AdminRoom, AuditActor, AuditFields, AuditLine, AuditLink};
use crate::page::{DisplayText, PageError, PageSecurity, RelativeTime, TypedText, respond};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::administration::Permission;
use idp_core::discovery::path;
use idp_core::time::UnixTime;
use idp_core::username::Username;
use std::collections::BTreeMap;
use std::net::IpAddr;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

const DAY: i64 = 24 * 60 * 60;

/// What was asked for, as it was typed.
struct Asked {
    event: String,
    person: String,
    client: String,
    actor: String,
    session: String,
    address: String,
    since: String,
    until: String,
}

/// What cannot be asked for.
type Unfit = &'static str;

impl Asked {
    fn read(request: &BrowserRequest) -> Self {
        let field = |name| asked(request, name);
        Self {
            event: field("event"),
            person: field("person"),
            client: field("client"),
            actor: field("actor"),
            session: field("session"),
            address: field("address"),
            since: field("since"),
            until: field("until"),
        }
    }

    /// The filter, and the same for the address of a copy.
    async fn filter(&self, request: &BrowserRequest, by: &Administrator) -> Result<AuditFilter, Unfit> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let event = some(&self.event).map(|word| AuditEvent::parse(&word).ok_or("event")).transpose()?;
        let user = match some(&self.person) {
            Some(typed) => Some(person(request, by, &typed).await.ok_or("person")?),
            None => None,
        };
        let actor = match some(&self.actor) {
            Some(typed) => Some(actor(request, by, &typed).await.ok_or("actor")?),
            None => None,
        };
        let session = some(&self.session).map(|id| own_spelling(&id).ok_or("session")).transpose()?;
        let address = some(&self.address).map(|text| text.parse::<IpAddr>().map_err(|_| "address"));
        let since = some(&self.since).map(|text| day(&text).ok_or("since")).transpose()?;
        // A day is meant with all of it.
        let until = some(&self.until).map(|text| day(&text).ok_or("until")).transpose()?;
        let is_day = from_rfc3339(&self.until).is_none();
        Ok(AuditFilter {
            event,
            user,
            client: some(&self.client),
            actor,
            session,
            address: address.transpose()?,
            since,
            until: until.map(|until| if is_day { until.plus(DAY) } else { until }),
        })
    }

    fn query(&self, before: Uuid) -> String {
        let before = before.to_string();
        query(&[
            ("event", &self.event),
            ("person", &self.person),
            ("client", &self.client),
            ("actor", &self.actor),
            ("session", &self.session),
            ("address", &self.address),
            ("since", &self.since),
            ("until", &self.until),
            ("before", &before),
        ])
    }
}

fn query(pairs: &[(&str, &String)]) -> String {
    let mut written = Serializer::new(String::new());
    written.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
    written.finish()
}

/// A day, or a time.
fn day(text: &str) -> Option<UnixTime> {
    from_rfc3339(text).or_else(|| from_rfc3339(&format!("{text}T00:00:00Z")))
}

/// By their id, or by a name that they sign in with, where the administrator may see people.
async fn person(request: &BrowserRequest, by: &Administrator, typed: &str) -> Option<Uuid> {
    match own_spelling(typed) {
        Some(id) => Some(id),
        None => {
            let name = Username::parse(typed).ok()?;
            let found = by.administration(request).person(&name).await.ok()?;
            Some(found.user.id)
        }
    }
}

/// As the log has it, or a person.
async fn actor(request: &BrowserRequest, by: &Administrator, typed: &str) -> Option<Principal> {
    match Principal::parse(typed) {
        Some(principal) => Some(principal),
        None => person(request, by, typed).await.map(Principal::User),
    }
}

/// GET: a page of it.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let asked = Asked::read(&request);
    let filter = asked.filter(&request, &administrator).await;
    let before = request.query_param("before").as_deref().and_then(own_spelling);
    let (lines, next, copies, unfit) = match filter {
        Ok(filter) => {
            let copies = copies(&filter);
            let found = administrator.administration(&request).audit_events(filter, before, ROWS).await;
            let found = found.map_err(|error| page_error(&request, error))?;
            let concerned = found.events.iter().flat_map(people).collect();
            let names = names_of(&request, &administrator, concerned).await?;
            let lines = found.events.iter().map(|event| line(&request, &administrator, event, &names));
            let next = found.older.map(|older| format!("{}?{}", path::ADMIN_AUDIT, asked.query(older)));
            (lines.collect(), next, Some(copies), None)
        }
        Err(unfit) => (Vec::new(), None, None, Some(unfit)),
    };
    let page = AdminAuditPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Audit),
        fields: AuditFields {
            event: AuditEvent::parse(&asked.event).map(AuditEvent::as_str),
            person: TypedText::new(&asked.person),
            client: TypedText::new(&asked.client),
            actor: TypedText::new(&asked.actor),
            session: TypedText::new(&asked.session),
            address: TypedText::new(&asked.address),
            since: TypedText::new(&asked.since),
            until: TypedText::new(&asked.until),
        },
        unfit,
        lines,
        next,
        copies,
    };
    let status = unfit.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY);
    Ok(respond(&page, status, &PageSecurity::own_forms()))
}

/// Where all that fits is copied from: JSON Lines, and CSV.
fn copies(filter: &AuditFilter) -> (String, String) {
    let text = |text: Option<String>| text.unwrap_or_default();
    let query = query(&[
        ("event", &text(filter.event.map(|event| event.as_str().to_owned()))),
        ("user", &text(filter.user.map(|user| user.to_string()))),
        ("client", &text(filter.client.clone())),
        ("actor", &text(filter.actor.as_ref().map(ToString::to_string))),
        ("session", &text(filter.session.map(|session| session.to_string()))),
        ("address", &text(filter.address.map(|address| address.to_string()))),
        ("since", &text(filter.since.map(rfc3339))),
        ("until", &text(filter.until.map(rfc3339))),
    ]);
    let of = |path: &str| if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    (of(path::ADMIN_AUDIT_LINES), of(path::ADMIN_AUDIT_CSV))
}

fn people(event: &LoggedEvent) -> Vec<Uuid> {
    let actor = event.actor.as_deref().and_then(Principal::parse);
    let actor = actor.as_ref().and_then(person_of);
    event.user.as_deref().and_then(own_spelling).into_iter().chain(actor).collect()
}

fn line(
    request: &BrowserRequest,
    administrator: &Administrator,
    event: &LoggedEvent,
    names: &BTreeMap<Uuid, DisplayText>,
) -> AuditLine {
    let others = |field: &str, text: &String| format!("{}?{}", path::ADMIN_AUDIT, query(&[(field, text)]));
    // To the person; of one who is gone, or may not be seen, to the rest of the log.
    let about = |text: &String| match own_spelling(text).and_then(|id| Some((id, names.get(&id)?))) {
        Some((id, name)) => {
            AuditLink { name: name.clone(), to: Some(address_of(PeoplePage::Of(PersonPage::Show, id))) }
        }
        None => AuditLink { name: DisplayText::name(text), to: Some(others("person", text)) },
    };
    let client = |text: &String| AuditLink {
        name: DisplayText::name(text),
        to: TextId::parse(text)
            .filter(|_| administrator.may(Permission::ReadClients))
            .map(|id| AdminPage::Client(id).path().into_owned()),
    };
    let by = |text: &String| {
        Some(AuditActor { who: actor_of(&Principal::parse(text)?, names), to: others("actor", text) })
    };
    AuditLine {
        event: DisplayText::name(&event.event),
        at: RelativeTime::new(UnixTime(event.at), request.now, request.layout().language),
        person: event.user.as_ref().map(about),
        client: event.client.as_ref().map(client),
        actor: event.actor.as_ref().and_then(by),
        session: event.session.as_ref().map(|session| others("session", session)),
        address: event.address.as_deref().map(DisplayText::name),
        detail: detail_of(event, &request.layout()),
    }
}

/// GET: all that fits, as JSON Lines.
pub async fn lines(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let app = request.app.clone();
    let copied = admin_api::export::<ExportAuditLines>(&request.http, &app, administrator.caller).await;
    copied.map_err(|problem| not_copied(&problem))
}

/// GET: the same as CSV.
pub async fn csv(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let app = request.app.clone();
    let copied = admin_api::export::<ExportAuditCsv>(&request.http, &app, administrator.caller).await;
    copied.map_err(|problem| not_copied(&problem))
}

fn not_copied(problem: &Problem) -> PageError {
    problem.log();
    match problem.status {
        400 => PageError::Malformed,
        403 => PageError::NotFound,
        503 => PageError::Busy { retry_after_seconds: None },
        _ => PageError::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::admin::AUDIT_EVENTS;

    #[test]
    fn every_event_of_the_log_is_in_words() {
        let known: Vec<&str> = AuditEvent::ALL.into_iter().map(AuditEvent::as_str).collect();
        let said: Vec<&str> = AUDIT_EVENTS.iter().map(|(word, _)| *word).collect();
        assert_eq!(said, known);
    }

    #[test]
    fn a_day_is_the_whole_of_it_and_a_time_is_itself() {
        assert_eq!(day("1970-01-02"), Some(UnixTime(DAY)));
        assert_eq!(day("1970-01-01T00:00:05Z"), Some(UnixTime(5)));
        assert_eq!(day("yesterday"), None);
    }
}
