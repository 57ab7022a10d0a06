//! `/admin/roles/add` and `/admin/roles/change`.

use super::act::{carried, check, done, page_error, problem, token};
use super::gate::Administrator;
use super::roles::is_built_in;
use crate::directory::roles::{NewRole, RoleChange};
use crate::http::flow::AdminPage;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{AdminAct, AdminEditPage, AdminProblem, AdminRoom, PermissionBox, StoredThing};
use crate::page::{DisplayText, FormSeal, PageError, TypedText};
use actix_web::HttpResponse;
use idp_core::administration::{Permission, Permissions, Role, RoleName};

/// The box that asks the holders of a role for two factors.
const SECOND_FACTOR: &str = "second_factor";

/// What was typed and ticked.
struct Typed {
    name: String,
    description: String,
    permissions: Permissions,
    requires_second_factor: bool,
}

impl Typed {
    /// What the administrator does not have themselves is no box that they tick: it stays as it is.
    fn read(form: &PageForm, before: Option<&Role>, own: Permissions) -> Self {
        let field = |name| form.field(name).trim().to_owned();
        let is_ticked = |permission: &Permission| form.field(permission.as_str()) == "yes";
        let ticked: Permissions = Permission::ALL.into_iter().filter(is_ticked).collect();
        let former = before.map_or(Permissions::NONE, |role| role.permissions.get());
        let permissions = ticked.intersection(own).union(former.without(own));
        let requires_second_factor = form.field(SECOND_FACTOR) == "yes";
        match before.filter(|role| is_built_in(role)) {
            Some(role) => Self { requires_second_factor, ..Self::of(Some(role)) },
            None => Self {
                name: field("name"),
                description: field("description"),
                permissions,
                requires_second_factor,
            },
        }
    }

    fn of(role: Option<&Role>) -> Self {
        Self {
            name: role.map(|role| role.name.to_string()).unwrap_or_default(),
            description: role.map(|role| role.description.clone()).unwrap_or_default(),
            permissions: role.map_or(Permissions::NONE, |role| role.permissions.get()),
            requires_second_factor: role.is_some_and(|role| role.requires_second_factor),
        }
    }

    fn of_new(&self, name: RoleName) -> NewRole {
        NewRole {
            name,
            description: self.description.clone(),
            permissions: self.permissions,
            requires_second_factor: self.requires_second_factor,
        }
    }

    fn change_of(&self, role: &Role, name: RoleName) -> RoleChange {
        let proof =
            RoleChange { requires_second_factor: Some(self.requires_second_factor), ..RoleChange::default() };
        if is_built_in(role) {
            return proof;
        }
        RoleChange {
            name: Some(name),
            description: Some(self.description.clone()),
            permissions: Some(self.permissions),
            ..proof
        }
    }
}

/// GET: the form.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let role = role(&request, &administrator).await?;
    let typed = Typed::of(role.as_ref());
    Ok(show(&request, &administrator, role.as_ref(), &typed, None))
}

/// POST: makes it, or changes it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let before = role(&request, &administrator).await?;
    let typed = Typed::read(&form, before.as_ref(), administrator.caller.permissions());
    let refused = |problem| Ok(show(&request, &administrator, before.as_ref(), &typed, Some(problem)));
    if form.tx() != carried(administrator.page, &version(before.as_ref())) {
        return refused(AdminProblem::ChangedMeanwhile);
    }
    let Ok(name) = typed.name.parse::<RoleName>() else { return refused(AdminProblem::Name) };
    let (by, now) = (administrator.administration(&request), request.now);
    let written = match before.clone() {
        None => by.add_role(typed.of_new(name), now).await,
        Some(role) => {
            let change = typed.change_of(&role, name);
            by.change_role(role, change, now).await
        }
    };
    match written {
        Ok(role) => {
            let act = match &before {
                None => AdminAct::Added,
                Some(was) if *was == role => AdminAct::Same,
                Some(_) => AdminAct::Changed,
            };
            let what = (act, role.name.as_str(), "");
            done(&request, &administrator, AdminPage::Role(role.id), what)
        }
        Err(error) => refused(problem(&request, error)?),
    }
}

/// The role that the page is about; `None` where one is made.
async fn role(request: &BrowserRequest, administrator: &Administrator) -> Result<Option<Role>, PageError> {
    let AdminPage::ChangeRole(id) = administrator.page else { return Ok(None) };
    let found = administrator.administration(request).role(id).await;
    found.map(Some).map_err(|error| page_error(request, error))
}

/// What another administrator may have changed of it.
pub fn version(role: Option<&Role>) -> Option<(&str, &str, Permissions, bool)> {
    role.map(|role| {
        (role.name.as_str(), role.description.as_str(), role.permissions.get(), role.requires_second_factor)
    })
}

fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    role: Option<&Role>,
    typed: &Typed,
    problem: Option<AdminProblem>,
) -> HttpResponse {
    let tx = carried(administrator.page, &version(role));
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let back = role.map_or(AdminPage::Roles, |role| AdminPage::Role(role.id)).path();
    let is_stale = problem == Some(AdminProblem::ChangedMeanwhile);
    let own = administrator.caller.permissions();
    let box_of = |permission: Permission| PermissionBox {
        permission,
        is_ticked: typed.permissions.contain(permission),
        is_own: own.contain(permission),
    };
    let page = AdminEditPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Roles),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        is_new: role.is_none(),
        name: TypedText::new(&typed.name),
        description: TypedText::lines(&typed.description),
        external_id: None,
        permissions: Permission::ALL.into_iter().map(box_of).collect(),
        second_factor: Some(typed.requires_second_factor),
        is_built_in: role.is_some_and(is_built_in),
        problem,
        stored: role.filter(|_| is_stale).map(|role| StoredThing {
            name: DisplayText::name(role.name.as_str()),
            description: DisplayText::reason(&role.description),
        }),
        back: &back,
    };
    page.respond()
}
