//! `/admin/attributes/add` and `/admin/attributes/change`.

use super::act::{carried, check, done, page_error, problem, token};
use super::gate::Administrator;
use crate::directory::DirectoryError;
use crate::directory::attributes::{AttributeDetails, NewAttribute};
use crate::http::flow::AdminPage;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{
    AdminAct, AdminEditAttributePage, AdminProblem, AdminRoom, AttributeFact, TypedAttribute,
};
use crate::page::{DisplayText, FormSeal, PageError, TypedText};
use actix_web::HttpResponse;
use idp_core::user::attribute::{
    Attribute, AttributeAccess, AttributeKind, AttributeName, AttributeType, AttributeValues,
    attributes_version,
};

/// What was typed and chosen.
struct Typed {
    name: String,
    label: String,
    description: String,
    kind: AttributeKind,
    max_length: String,
    choices: String,
    is_multiple: bool,
    access: AttributeAccess,
}

impl Typed {
    fn read(form: &PageForm) -> Self {
        let field = |name| form.field(name).trim().to_owned();
        Self {
            name: field("name"),
            label: field("label"),
            description: field("description"),
            kind: AttributeKind::parse(form.field("type")).unwrap_or(AttributeKind::String),
            max_length: field("max_length"),
            choices: field("choices").replace("\r\n", "\n"),
            is_multiple: form.field("multiple") == "yes",
            access: AttributeAccess::parse(form.field("access")).unwrap_or(AttributeAccess::Administrators),
        }
    }

    fn of(attribute: Option<&Attribute>) -> Self {
        let Some(attribute) = attribute else {
            return Self {
                name: String::new(),
                label: String::new(),
                description: String::new(),
                kind: AttributeKind::String,
                max_length: String::new(),
                choices: String::new(),
                is_multiple: false,
                access: AttributeAccess::Administrators,
            };
        };
        Self {
            name: attribute.name.to_string(),
            label: attribute.label.clone(),
            description: attribute.description.clone(),
            kind: attribute.of.kind(),
            max_length: attribute.of.max_length().map(|length| length.to_string()).unwrap_or_default(),
            choices: attribute.of.choices().join("\n"),
            is_multiple: attribute.of.is_multiple(),
            access: attribute.access,
        }
    }

    /// Fields of another kind of value may have been filled in: they do not count.
    fn details(&self) -> Result<AttributeDetails, AdminProblem> {
        let is_string = self.kind == AttributeKind::String;
        let max_length = match self.max_length.as_str() {
            "" => None,
            text if is_string => Some(text.parse().map_err(|_| AdminProblem::AttributeBounds)?),
            _ => None,
        };
        let choices = match self.kind {
            AttributeKind::Choice => {
                let lines = self.choices.lines().map(str::trim).filter(|line| !line.is_empty());
                lines.map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        let has_several = matches!(self.kind, AttributeKind::String | AttributeKind::Choice);
        let of = AttributeType::new(self.kind, max_length, choices, self.is_multiple && has_several);
        Ok(AttributeDetails {
            label: self.label.clone(),
            description: self.description.clone(),
            of: of.map_err(|_| AdminProblem::AttributeBounds)?,
            access: self.access,
        })
    }

    /// Whether a field of another kind of value was filled in. Of one that is there already, such a field may be left over.
    fn contradicts_itself(&self) -> bool {
        let (is_string, is_choice) = (self.kind == AttributeKind::String, self.kind == AttributeKind::Choice);
        (!is_string && !self.max_length.is_empty()) || (!is_choice && !self.choices.trim().is_empty())
    }

    fn shown(&self) -> TypedAttribute {
        TypedAttribute {
            name: TypedText::new(&self.name),
            label: TypedText::lines(&self.label),
            description: TypedText::lines(&self.description),
            kind: self.kind,
            max_length: TypedText::new(&self.max_length),
            choices: TypedText::list(&self.choices).unwrap_or_default(),
            is_multiple: self.is_multiple,
            access: self.access,
        }
    }
}

/// GET: the form.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let attribute = attribute(&request, &administrator).await?;
    let typed = Typed::of(attribute.as_ref());
    Ok(show(&request, &administrator, attribute.as_ref(), &typed, None))
}

/// POST: defines it, or changes it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let before = attribute(&request, &administrator).await?;
    let typed = Typed::read(&form);
    let refused = |problem| Ok(show(&request, &administrator, before.as_ref(), &typed, Some(problem)));
    if form.tx() != carried(administrator.page, &version(before.as_ref())) {
        return refused(AdminProblem::ChangedMeanwhile);
    }
    if before.is_none() && typed.contradicts_itself() {
        return refused(AdminProblem::AttributeBounds);
    }
    let details = match typed.details() {
        Ok(details) => details,
        Err(problem) => return refused(problem),
    };
    match write(&request, &administrator, before.clone(), (&typed.name, details)).await {
        Ok(attribute) => {
            let act = match &before {
                None => AdminAct::Added,
                Some(was) if *was == attribute => AdminAct::Same,
                Some(_) => AdminAct::Changed,
            };
            let what = (act, attribute.label(), "");
            done(&request, &administrator, AdminPage::Attribute(attribute.id), what)
        }
        Err(Refused::Problem(problem)) => refused(problem),
        Err(Refused::Act(error)) => refused(problem(&request, error)?),
    }
}

enum Refused {
    Problem(AdminProblem),
    Act(DirectoryError),
}

async fn write(
    request: &BrowserRequest,
    administrator: &Administrator,
    before: Option<Attribute>,
    (name, details): (&str, AttributeDetails),
) -> Result<Attribute, Refused> {
    let (by, now) = (administrator.administration(request), request.now);
    let written = match before {
        Some(before) => by.change_attribute(before, details, now).await,
        None => {
            let name: AttributeName =
                name.parse().map_err(|_| Refused::Problem(AdminProblem::AttributeName))?;
            by.add_attribute(NewAttribute { name, details }, now).await
        }
    };
    written.map_err(Refused::Act)
}

/// The attribute that the page is about; `None` where one is defined.
async fn attribute(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<Option<Attribute>, PageError> {
    let AdminPage::ChangeAttribute(id) = administrator.page else { return Ok(None) };
    let found = administrator.administration(request).attribute(id).await;
    found.map(Some).map_err(|error| page_error(request, error))
}

/// What another administrator may have changed of it.
pub fn version(attribute: Option<&Attribute>) -> Option<(String, String)> {
    let version =
        |one: &Attribute| attributes_version(std::slice::from_ref(one), &AttributeValues::default());
    attribute.map(|attribute| (version(attribute), attribute.description.clone()))
}

fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    attribute: Option<&Attribute>,
    typed: &Typed,
    problem: Option<AdminProblem>,
) -> HttpResponse {
    let tx = carried(administrator.page, &version(attribute));
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let back = attribute.map_or(AdminPage::Attributes, |attribute| AdminPage::Attribute(attribute.id)).path();
    let is_stale = problem == Some(AdminProblem::ChangedMeanwhile);
    let page = AdminEditAttributePage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Attributes),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        known: attribute.map(|attribute| DisplayText::name(attribute.name.as_str())),
        typed: typed.shown(),
        problem,
        stored: attribute.filter(|_| is_stale).map(AttributeFact::from),
        back: &back,
    };
    page.respond()
}
