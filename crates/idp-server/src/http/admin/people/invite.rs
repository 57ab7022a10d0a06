//! `/admin/people/invite`: a person is invited by a letter.

use super::super::act::{carried, check, done, problem, token};
use super::super::gate::Administrator;
use super::address_of;
use crate::admin_api::users::invitations::USUAL_LIFETIME;
use crate::directory::DirectoryError;
use crate::directory::registration::Guest;
use crate::http::flow::{AdminPage, PeoplePage};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::people::AdminInvitePage;
use crate::page::admin::{AdminAct, AdminProblem, AdminRoom};
use crate::page::{FormSeal, PageError, TypedText};
use crate::words::Language;
use actix_web::HttpResponse;
use idp_core::mail_address::MailAddress;
use idp_core::user::SignInName;
use idp_core::username::Username;

/// What was typed.
struct Typed {
    address: String,
    name: String,
    username: String,
    language: Language,
}

impl Typed {
    fn read(request: &BrowserRequest, form: &PageForm) -> Self {
        let field = |name| form.field(name).trim().to_owned();
        let chosen = form.field("language");
        let offered = request.app.config.language.offered().into_iter();
        Self {
            address: field("address"),
            name: field("name"),
            username: field("username"),
            language: { offered }
                .find(|language| language.tag() == chosen)
                .unwrap_or(request.app.config.language.default),
        }
    }

    fn guest(&self) -> Result<Guest, AdminProblem> {
        let username = Some(self.username.as_str()).filter(|name| !name.is_empty());
        let username = username.map(Username::parse).transpose();
        Ok(Guest {
            address: MailAddress::parse(&self.address).map_err(|_| AdminProblem::Address)?,
            name: Some(self.name.clone()).filter(|name| !name.is_empty()),
            username: username.map_err(|_| AdminProblem::Username)?,
            language: self.language,
            lifetime: USUAL_LIFETIME,
        })
    }
}

/// GET: the form.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let language = request.app.config.language.default;
    let nothing = Typed { address: String::new(), name: String::new(), username: String::new(), language };
    show(&request, &administrator, &nothing, None)
}

/// POST: sends the letter.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let typed = Typed::read(&request, &form);
    let refused = |problem| show(&request, &administrator, &typed, Some(problem));
    let guest = match typed.guest() {
        Ok(guest) => guest,
        Err(problem) => return refused(problem),
    };
    let (address, username) = (guest.address.clone(), guest.username.clone());
    match administrator.administration(&request).invite(guest, request.now).await {
        Ok(_) => {
            let to = AdminPage::People(PeoplePage::Invitations);
            done(&request, &administrator, to, (AdminAct::Invited, "", address.as_str()))
        }
        Err(DirectoryError::NameTaken(name))
            if username.is_some_and(|username| SignInName::from(&username) == name) =>
        {
            refused(AdminProblem::UsernameTaken)
        }
        Err(error) => refused(problem(&request, error)?),
    }
}

fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    typed: &Typed,
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    if !request.app.config.takes_invitations() {
        return Err(PageError::NotFound);
    }
    let tx = carried(administrator.page, &());
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminInvitePage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::People),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        address: TypedText::new(&typed.address),
        name: TypedText::lines(&typed.name),
        username: TypedText::new(&typed.username),
        language: typed.language,
        languages: request.app.config.language.offered(),
        problem,
        back: &address_of(PeoplePage::List),
    };
    Ok(page.respond())
}
