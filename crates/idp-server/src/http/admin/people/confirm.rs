//! The pages that ask before something is done with a person, with all that follows.

use super::super::act::{carried, check, done, problem, token};
use super::super::gate::Administrator;
use super::deeds::{Asked, Deed};
use super::sessions::in_query;
use super::{account, page_of};
use crate::http::flow::{AdminPage, PersonPage};
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::people::AdminConfirmPersonPage;
use crate::page::admin::{AdminProblem, AdminRoom};
use crate::page::{DisplayText, FormSeal, PageError};
use actix_web::HttpResponse;

/// GET: what would follow.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let account = account(&request, &administrator).await?;
    let user = account.user.id;
    match Asked::of(&request, &administrator, account).await? {
        Some(asked) => Ok(show(&request, &administrator, &asked, None)),
        // It was done, here or in another tab.
        None => Ok(see_other(&page_of(PersonPage::Show, user).path())),
    }
}

/// POST: does it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let account = account(&request, &administrator).await?;
    let user = account.user.id;
    let Some(asked) = Asked::of(&request, &administrator, account).await? else {
        return Ok(see_other(&page_of(PersonPage::Show, user).path()));
    };
    if form.tx() != carried(administrator.page, &asked.version()) {
        return Ok(show(&request, &administrator, &asked, Some(AdminProblem::ChangedMeanwhile)));
    }
    match asked.run(&request, &administrator).await {
        Ok(act) => {
            let (name, person) = (asked.name(), DisplayText::account(&asked.account.user));
            done(&request, &administrator, asked.after(), (act, &name, person.as_str()))
        }
        Err(error) => {
            let problem = problem(&request, error)?;
            Ok(show(&request, &administrator, &asked, Some(problem)))
        }
    }
}

fn show(
    request: &BrowserRequest,
    administrator: &Administrator,
    asked: &Asked,
    problem: Option<AdminProblem>,
) -> HttpResponse {
    let tx = carried(administrator.page, &asked.version());
    let csrf = token(request, administrator, &tx);
    let post_to = match &asked.deed {
        Deed::Disconnect(client, _) => {
            format!("{}&client={}", administrator.page.path(), in_query(client.as_str()))
        }
        _ => administrator.page.path().into_owned(),
    };
    let back = match asked.after() {
        // They are not there any more only if it is done.
        AdminPage::People(crate::http::flow::PeoplePage::List) => {
            page_of(PersonPage::Show, asked.account.user.id)
        }
        after => after,
    };
    let page = AdminConfirmPersonPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::People),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        person: DisplayText::account(&asked.account.user),
        question: asked.question(),
        sessions: asked.sessions,
        sites: asked.sites,
        problem,
        back: &back.path(),
    };
    page.respond()
}
