//! `/admin/groups/members/add` and `/admin/groups/members/remove`.

use super::act::{carried, check, done, page_error, problem, token};
use super::gate::Administrator;
use super::groups::roles_of;
use crate::directory::DirectoryError;
use crate::http::flow::AdminPage;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{AdminAct, AdminAddMemberPage, AdminConfirmPage, AdminProblem, AdminRoom, Removal};
use crate::page::{DisplayText, FormSeal, PageError, TypedText};
use actix_web::HttpResponse;
use idp_core::administration::{Group, Permission};
use idp_core::user::User;
use idp_core::username::Username;
use uuid::Uuid;

/// GET: whom?
pub async fn get_add(
    request: BrowserRequest,
    administrator: Administrator,
) -> Result<HttpResponse, PageError> {
    let group = group(&request, &administrator).await?;
    ask(&request, &administrator, &group, ("", None)).await
}

/// POST: puts a person into the group.
pub async fn post_add(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let (group, typed) = (group(&request, &administrator).await?, form.field("person").trim());
    let by = administrator.administration(&request);
    let Ok(name) = Username::parse(typed) else {
        return ask(&request, &administrator, &group, (typed, Some(AdminProblem::NoPerson))).await;
    };
    let written = match by.require(Permission::ReadUsers) {
        Ok(()) => match by.user(name).await {
            Ok(user) => {
                by.set_member(group.id, user.id, true, request.now).await.map(|is_new| (user, is_new))
            }
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    match written {
        Ok((user, is_new)) => {
            let act = if is_new { AdminAct::MemberAdded } else { AdminAct::Same };
            let what = (act, group.name.as_str(), user.username.as_str());
            done(&request, &administrator, AdminPage::Group(group.id), what)
        }
        Err(error) => {
            let problem = problem(&request, error)?;
            ask(&request, &administrator, &group, (typed, Some(problem))).await
        }
    }
}

/// GET: what would follow.
pub async fn get_remove(
    request: BrowserRequest,
    administrator: Administrator,
) -> Result<HttpResponse, PageError> {
    let (group, user) = (group(&request, &administrator).await?, person(&request, &administrator).await?);
    confirm(&request, &administrator, (&group, &user), None).await
}

/// POST: takes the person out of the group.
pub async fn post_remove(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let (group, user) = (group(&request, &administrator).await?, person(&request, &administrator).await?);
    let by = administrator.administration(&request);
    match by.set_member(group.id, user.id, false, request.now).await {
        Ok(was_in) => {
            let act = if was_in { AdminAct::MemberRemoved } else { AdminAct::Same };
            let what = (act, group.name.as_str(), user.username.as_str());
            done(&request, &administrator, AdminPage::Group(group.id), what)
        }
        Err(error) => {
            let problem = problem(&request, error)?;
            confirm(&request, &administrator, (&group, &user), Some(problem)).await
        }
    }
}

fn id(administrator: &Administrator) -> Result<Uuid, PageError> {
    match administrator.page {
        AdminPage::AddMember(id) | AdminPage::RemoveMember(id, _) => Ok(id),
        _ => Err(PageError::NotFound),
    }
}

async fn group(request: &BrowserRequest, administrator: &Administrator) -> Result<Group, PageError> {
    let found = administrator.administration(request).group(id(administrator)?).await;
    found.map_err(|error| page_error(request, error))
}

async fn person(request: &BrowserRequest, administrator: &Administrator) -> Result<User, PageError> {
    let AdminPage::RemoveMember(_, user) = administrator.page else { return Err(PageError::NotFound) };
    let by = administrator.administration(request);
    by.require(Permission::ReadUsers).map_err(|error| page_error(request, error))?;
    match by.user(user).await {
        Err(DirectoryError::UnknownUser(_)) => Err(PageError::NotFound),
        found => found.map_err(|error| page_error(request, error)),
    }
}

async fn ask(
    request: &BrowserRequest,
    administrator: &Administrator,
    group: &Group,
    (typed, problem): (&str, Option<AdminProblem>),
) -> Result<HttpResponse, PageError> {
    let tx = carried(administrator.page, &());
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminAddMemberPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Groups),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        name: DisplayText::name(group.name.as_str()),
        roles: roles_of(request, administrator, group.id).await?.unwrap_or_default(),
        person: TypedText::new(typed),
        problem,
        back: &AdminPage::Group(group.id).path(),
    };
    Ok(page.respond())
}

async fn confirm(
    request: &BrowserRequest,
    administrator: &Administrator,
    (group, user): (&Group, &User),
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    let tx = carried(administrator.page, &());
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminConfirmPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Groups),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        removal: Removal::Member(DisplayText::account(user)),
        name: DisplayText::name(group.name.as_str()),
        roles: roles_of(request, administrator, group.id).await?.unwrap_or_default(),
        problem,
        back: &AdminPage::Group(group.id).path(),
    };
    Ok(page.respond())
}
