//! Giving a person a role or putting them into a group, giving a role to a person, and giving a group a role: by name, with some
//! of the names offered.

use super::super::act::{carried, check, done, page_error, problem, token};
use super::super::gate::Administrator;
use super::page_of;
use crate::directory::DirectoryError;
use crate::http::flow::{AdminPage, PeoplePage, PersonPage};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::people::{AdminChoosePage, Choice};
use crate::page::admin::{AdminAct, AdminProblem, AdminRoom};
use crate::page::{DisplayText, FormSeal, PageError, TypedText};
use crate::store::roles::RoleHolder;
use actix_web::HttpResponse;
use idp_core::administration::{Group, GroupName, Role, RoleName};
use idp_core::user::User;
use idp_core::username::Username;

/// So many names are offered; any other can be typed.
const OFFERED: i64 = 50;

/// Who gets something, or what somebody gets.
enum Given {
    Person(Box<User>, Choice),
    Role(Role),
    Group(Group),
}

/// GET: which, or whom?
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let given = given(&request, &administrator).await?;
    ask(&request, &administrator, &given, ("", None)).await
}

/// POST: gives it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let (given, typed) = (given(&request, &administrator).await?, form.field("chosen").trim());
    let written = match &given {
        Given::Person(user, Choice::Group) => join(&request, &administrator, user, typed).await,
        Given::Person(user, _) => give(&request, &administrator, user, typed).await,
        Given::Role(role) => add_holder(&request, &administrator, role, typed).await,
        Given::Group(group) => give_group(&request, &administrator, group, typed).await,
    };
    match written {
        Ok(Ok((act, name, person))) => {
            done(&request, &administrator, given.page(), (act, &name, person.as_str()))
        }
        Ok(Err(problem)) => ask(&request, &administrator, &given, (typed, Some(problem))).await,
        Err(error) => {
            let problem = problem(&request, error)?;
            ask(&request, &administrator, &given, (typed, Some(problem))).await
        }
    }
}

/// What was done, with what, and to whom; or what is wrong with the name.
type Written = Result<Result<(AdminAct, String, DisplayText), AdminProblem>, DirectoryError>;

impl Given {
    /// The page that it was asked from.
    fn page(&self) -> AdminPage {
        match self {
            Self::Person(user, _) => page_of(PersonPage::Show, user.id),
            Self::Role(role) => AdminPage::Role(role.id),
            Self::Group(group) => AdminPage::Group(group.id),
        }
    }
}

async fn given(request: &BrowserRequest, administrator: &Administrator) -> Result<Given, PageError> {
    let failed = |error| page_error(request, error);
    let by = administrator.administration(request);
    match administrator.page {
        AdminPage::AddHolder(id) => Ok(Given::Role(by.role(id).await.map_err(failed)?)),
        AdminPage::GiveGroupRole(id) => Ok(Given::Group(by.group(id).await.map_err(failed)?)),
        AdminPage::People(PeoplePage::Of(page, user)) => {
            let user = by.person(user).await.map_err(failed)?.user;
            let choice = if page == PersonPage::JoinGroup { Choice::Group } else { Choice::Role };
            Ok(Given::Person(Box::new(user), choice))
        }
        _ => Err(PageError::NotFound),
    }
}

async fn join(request: &BrowserRequest, administrator: &Administrator, user: &User, typed: &str) -> Written {
    let by = administrator.administration(request);
    let Ok(name) = typed.parse::<GroupName>() else { return Ok(Err(AdminProblem::NoSuchGroup)) };
    let Some(group) = by.group_named(name).await? else { return Ok(Err(AdminProblem::NoSuchGroup)) };
    let is_new = by.set_member(group.id, user.id, true, request.now).await?;
    let act = if is_new { AdminAct::MemberAdded } else { AdminAct::PersonSame };
    Ok(Ok((act, group.name.to_string(), DisplayText::account(user))))
}

async fn give(request: &BrowserRequest, administrator: &Administrator, user: &User, typed: &str) -> Written {
    let by = administrator.administration(request);
    let Ok(name) = typed.parse::<RoleName>() else { return Ok(Err(AdminProblem::NoSuchRole)) };
    let Some(role) = by.role_named(name).await? else { return Ok(Err(AdminProblem::NoSuchRole)) };
    let is_new = by.assign_role(role.id, RoleHolder::User(user.id), true, request.now).await?;
    let act = if is_new { AdminAct::RoleGiven } else { AdminAct::PersonSame };
    Ok(Ok((act, role.name.to_string(), DisplayText::account(user))))
}

async fn give_group(
    request: &BrowserRequest,
    administrator: &Administrator,
    group: &Group,
    typed: &str,
) -> Written {
    let by = administrator.administration(request);
    let Ok(name) = typed.parse::<RoleName>() else { return Ok(Err(AdminProblem::NoSuchRole)) };
    let Some(role) = by.role_named(name).await? else { return Ok(Err(AdminProblem::NoSuchRole)) };
    let is_new = by.assign_role(role.id, RoleHolder::Group(group.id), true, request.now).await?;
    let (act, name) = match is_new {
        true => (AdminAct::GroupRoleGiven, role.name.as_str()),
        false => (AdminAct::Same, group.name.as_str()),
    };
    Ok(Ok((act, name.to_owned(), DisplayText::default())))
}

async fn add_holder(
    request: &BrowserRequest,
    administrator: &Administrator,
    role: &Role,
    typed: &str,
) -> Written {
    let by = administrator.administration(request);
    let Ok(name) = Username::parse(typed) else { return Ok(Err(AdminProblem::NoPerson)) };
    let user = by.person(name).await?.user;
    let is_new = by.assign_role(role.id, RoleHolder::User(user.id), true, request.now).await?;
    let act = if is_new { AdminAct::RoleGiven } else { AdminAct::PersonSame };
    Ok(Ok((act, role.name.to_string(), DisplayText::account(&user))))
}

/// Some of those that can be given.
async fn offered(
    request: &BrowserRequest,
    administrator: &Administrator,
    given: &Given,
) -> Result<Vec<TypedText>, PageError> {
    let (by, held) = (administrator.administration(request), administrator.caller.permissions());
    let failed = |error| page_error(request, error);
    Ok(match given {
        Given::Role(_) => Vec::new(),
        Given::Person(_, Choice::Group) => {
            let groups = by.groups(None, OFFERED).await.map_err(failed)?;
            groups.iter().map(|group| TypedText::new(group.name.as_str())).collect()
        }
        Given::Person(..) | Given::Group(_) => {
            let roles = by.roles(None, OFFERED).await.map_err(failed)?;
            let own = roles.iter().filter(|role| held.contain_all(role.permissions.get()));
            own.map(|role| TypedText::new(role.name.as_str())).collect()
        }
    })
}

async fn ask(
    request: &BrowserRequest,
    administrator: &Administrator,
    given: &Given,
    (typed, problem): (&str, Option<AdminProblem>),
) -> Result<HttpResponse, PageError> {
    let tx = carried(administrator.page, &());
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let (room, choice, name) = match given {
        Given::Person(user, choice) => (AdminRoom::People, *choice, DisplayText::account(user)),
        Given::Role(role) => (AdminRoom::Roles, Choice::Holder, DisplayText::name(role.name.as_str())),
        Given::Group(group) => (AdminRoom::Groups, Choice::GroupRole, DisplayText::name(group.name.as_str())),
    };
    let page = AdminChoosePage {
        layout: request.layout(),
        nav: administrator.nav(room),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        choice,
        name,
        typed: TypedText::new(typed),
        offered: offered(request, administrator, given).await?,
        problem,
        back: &given.page().path(),
    };
    Ok(page.respond())
}
