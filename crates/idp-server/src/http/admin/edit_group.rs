//! `/admin/groups/add` and `/admin/groups/change`.

use super::act::{carried, check, done, page_error, problem, token};
use super::gate::Administrator;
use crate::directory::groups::GroupChange;
use crate::http::flow::AdminPage;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{AdminAct, AdminEditPage, AdminProblem, AdminRoom, StoredThing};
use crate::page::{DisplayText, FormSeal, PageError, TypedText};
use actix_web::HttpResponse;
use idp_core::administration::{Group, GroupName};

/// What was typed.
struct Typed {
    name: String,
    description: String,
    external_id: String,
}

impl Typed {
    fn read(form: &PageForm) -> Self {
        let field = |name| form.field(name).trim().to_owned();
        Self { name: field("name"), description: field("description"), external_id: field("external_id") }
    }

    fn of(group: Option<&Group>) -> Self {
        Self {
            name: group.map(|group| group.name.to_string()).unwrap_or_default(),
            description: group.map(|group| group.description.clone()).unwrap_or_default(),
            external_id: group.and_then(|group| group.external_id.clone()).unwrap_or_default(),
        }
    }

    fn external_id(&self) -> Option<String> {
        Some(self.external_id.clone()).filter(|id| !id.is_empty())
    }
}

/// GET: the form.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let group = group(&request, &administrator).await?;
    let typed = Typed::of(group.as_ref());
    Ok(show(&request, &administrator, group.as_ref(), &typed, None))
}

/// POST: makes it, or changes it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let (typed, before) = (Typed::read(&form), group(&request, &administrator).await?);
    let refused = |problem| Ok(show(&request, &administrator, before.as_ref(), &typed, Some(problem)));
    if form.tx() != carried(administrator.page, &version(before.as_ref())) {
        return refused(AdminProblem::ChangedMeanwhile);
    }
    let Ok(name) = typed.name.parse::<GroupName>() else { return refused(AdminProblem::Name) };
    let (by, now) = (administrator.administration(&request), request.now);
    let was = before.clone();
    let written = match before.clone() {
        None => by.add_group(name, typed.description.clone(), typed.external_id(), now).await,
        Some(group) => {
            let change = GroupChange {
                name: Some(name),
                description: Some(typed.description.clone()),
                external_id: Some(typed.external_id()),
            };
            by.change_group(group, change, now).await
        }
    };
    match written {
        Ok(group) => {
            let act = match was {
                None => AdminAct::Added,
                Some(was) if was == group => AdminAct::Same,
                Some(_) => AdminAct::Changed,
            };
            let to = AdminPage::Group(group.id);
            done(&request, &administrator, to, (act, group.name.as_str(), ""))
        }
        Err(error) => refused(problem(&request, error)?),
    }
}

/// The group that the page is about; `None` where one is made.
async fn group(request: &BrowserRequest, administrator: &Administrator) -> Result<Option<Group>, PageError> {
    let AdminPage::ChangeGroup(id) = administrator.page else { return Ok(None) };
    let found = administrator.administration(request).group(id).await;
    found.map(Some).map_err(|error| page_error(request, error))
}

/// What another administrator may have changed of it.
pub fn version(group: Option<&Group>) -> Option<(&str, &str, Option<&str>)> {
    group.map(|group| (group.name.as_str(), group.description.as_str(), group.external_id.as_deref()))
}

fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    group: Option<&Group>,
    typed: &Typed,
    problem: Option<AdminProblem>,
) -> HttpResponse {
    let tx = carried(administrator.page, &version(group));
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let back = group.map_or(AdminPage::Groups, |group| AdminPage::Group(group.id)).path();
    let is_stale = problem == Some(AdminProblem::ChangedMeanwhile);
    let page = AdminEditPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Groups),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        is_new: group.is_none(),
        name: TypedText::new(&typed.name),
        description: TypedText::lines(&typed.description),
        external_id: Some(TypedText::lines(&typed.external_id)),
        permissions: Vec::new(),
        second_factor: None,
        is_built_in: false,
        problem,
        stored: group.filter(|_| is_stale).map(|group| StoredThing {
            name: DisplayText::name(group.name.as_str()),
            description: DisplayText::reason(&group.description),
        }),
        back: &back,
    };
    page.respond()
}
