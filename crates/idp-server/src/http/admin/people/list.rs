//! `/admin/people`: the search among people, and the list of them.

use super::super::act::{page_error, receipt_of};
use super::super::gate::Administrator;
use super::super::groups::ROWS;
use super::{address_of, if_open};
use crate::admin_api::users::list::LONGEST_SEARCH;
use crate::http::flow::account_page::own_spelling;
use crate::http::flow::{PeoplePage, PersonPage};
use crate::http::request::BrowserRequest;
use crate::page::admin::AdminRoom;
use crate::page::admin::people::{AdminPeoplePage, PeopleSearch, PersonLine, PersonState, Within};
use crate::page::{DisplayText, PageError, TypedText};
use crate::store::user_search::{AccountState, UserPage, UserQuery};
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::user::{User, UserStatus};
use url::form_urlencoded::Serializer;
use uuid::Uuid;

/// What is asked for.
struct Asked {
    typed: String,
    state: Option<PersonState>,
    without_second_factor: bool,
    group: Option<Uuid>,
    role: Option<Uuid>,
}

impl Asked {
    fn of(request: &BrowserRequest) -> Result<Self, PageError> {
        let param = |name| request.query_param(name).filter(|text| !text.trim().is_empty());
        let id = |name| match param(name) {
            Some(text) => own_spelling(&text).map(Some).ok_or(PageError::Malformed),
            None => Ok(None),
        };
        let status = param("status").unwrap_or_default();
        Ok(Self {
            typed: param("q").unwrap_or_default().trim().to_owned(),
            state: PersonState::ALL.into_iter().find(|state| state.as_str() == status),
            without_second_factor: param("without_second_factor").is_some(),
            group: id("group")?,
            role: id("role")?,
        })
    }

    /// Whom to look for; `None` when there is no word in what was typed.
    fn query(&self) -> Option<UserQuery> {
        let mut query = UserQuery {
            state: self.state.map(|state| match state {
                PersonState::Active => AccountState::Active,
                PersonState::Disabled => AccountState::Disabled,
                PersonState::Deleting => AccountState::Deleting,
            }),
            group: self.group,
            role: self.role,
            without_second_factor: self.without_second_factor,
            ..UserQuery::default()
        };
        let is_short = self.typed.chars().count() <= LONGEST_SEARCH;
        let is_readable = self.typed.is_empty() || (is_short && query.search(&self.typed));
        is_readable.then_some(query)
    }

    fn next(&self, after: &str) -> String {
        let mut query = Serializer::new(String::new());
        let state = self.state.map(|state| state.as_str().to_owned());
        let without = self.without_second_factor.then(|| "yes".to_owned());
        let typed = Some(self.typed.clone()).filter(|typed| !typed.is_empty());
        for (name, value) in [
            ("q", typed),
            ("status", state),
            ("without_second_factor", without),
            ("group", self.group.map(|id| id.to_string())),
            ("role", self.role.map(|id| id.to_string())),
            ("after", Some(after.to_owned())),
        ] {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        format!("{}?{}", path::ADMIN_PEOPLE, query.finish())
    }
}

/// GET.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let (asked, after) = (Asked::of(&request)?, request.query_param("after"));
    let query = asked.query();
    let is_unreadable = query.is_none();
    let found = match query {
        Some(query) => {
            let found = administrator.administration(&request).find_users(query, after, ROWS).await;
            found.map_err(|error| page_error(&request, error))?.ok_or(PageError::Malformed)?
        }
        None => UserPage::default(),
    };
    let has_invitations = request.app.config.takes_invitations();
    let if_invited = |page, path| has_invitations && if_open(&administrator, page).as_deref() == Some(path);
    let page = AdminPeoplePage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::People),
        receipt: receipt_of(&request, &administrator),
        search: PeopleSearch {
            typed: TypedText::new(&asked.typed),
            state: asked.state,
            without_second_factor: asked.without_second_factor,
            within: within(&request, &administrator, &asked).await?,
        },
        is_unreadable,
        lines: found.users.iter().map(line).collect(),
        next: found.next.map(|after| asked.next(&after)),
        add: if_open(&administrator, PeoplePage::Add).map(|_| path::ADMIN_ADD_PERSON),
        invite: if_invited(PeoplePage::Invite, path::ADMIN_INVITE).then_some(path::ADMIN_INVITE),
        invitations: if_invited(PeoplePage::Invitations, path::ADMIN_INVITATIONS)
            .then_some(path::ADMIN_INVITATIONS),
        sign_out_everybody: if_open(&administrator, PeoplePage::SignOutEverybody)
            .map(|_| path::ADMIN_SIGN_OUT_EVERYBODY),
    };
    Ok(page.respond())
}

async fn within(
    request: &BrowserRequest,
    administrator: &Administrator,
    asked: &Asked,
) -> Result<Option<Within>, PageError> {
    let by = administrator.administration(request);
    let failed = |error| page_error(request, error);
    Ok(match (asked.group, asked.role) {
        (Some(id), _) => {
            let group = by.group(id).await.map_err(failed)?;
            let name = DisplayText::name(group.name.as_str());
            Some(Within { is_role: false, id: id.to_string(), name })
        }
        (None, Some(id)) => {
            let role = by.role(id).await.map_err(failed)?;
            let name = DisplayText::name(role.name.as_str());
            Some(Within { is_role: true, id: id.to_string(), name })
        }
        (None, None) => None,
    })
}

fn line(user: &User) -> PersonLine {
    PersonLine {
        href: address_of(PeoplePage::Of(PersonPage::Show, user.id)),
        person: DisplayText::account(user),
        address: user.claims.email.as_deref().map(DisplayText::name),
        state: state_of(user),
    }
}

/// Whether a person may sign in.
pub const fn state_of(user: &User) -> PersonState {
    match user.status {
        UserStatus::Active => PersonState::Active,
        UserStatus::Disabled => PersonState::Disabled,
        UserStatus::Deleting { .. } => PersonState::Deleting,
    }
}
