//! `/admin/people/sign-out-everybody`: every sign-in of every person ends, the administrator's included. How many there are is
//! said beforehand, and afterwards the audit log shows who did it, once the administrator has signed in again.

use super::super::act::{carried, check, page_error, problem, token};
use super::super::gate::Administrator;
use super::address_of;
use crate::admin_api::everybody::OpenCount;
use crate::http::flow::{AdminPage, PeoplePage};
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::{AdminAskPage, AdminProblem, AdminQuestion, AdminRoom, Counted};
use crate::page::{FormSeal, PageError};
use actix_web::HttpResponse;

/// GET: what would end.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    ask(&request, &administrator, None).await
}

/// POST: ends it.
pub async fn post(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    match administrator.administration(&request).sign_out_everybody(request.now).await {
        Ok(()) => {
            let log = AdminPage::Audit;
            let may_see = log.is_for(administrator.caller.permissions());
            Ok(see_other(&if may_see { log } else { AdminPage::Overview }.path()))
        }
        Err(error) => {
            let problem = problem(&request, error)?;
            ask(&request, &administrator, Some(problem)).await
        }
    }
}

async fn ask(
    request: &BrowserRequest,
    administrator: &Administrator,
    problem: Option<AdminProblem>,
) -> Result<HttpResponse, PageError> {
    let found = administrator.administration(request).count_open_sessions(request.now).await;
    let OpenCount { count, more } = OpenCount::of(found.map_err(|error| page_error(request, error))?);
    let tx = carried(administrator.page, &());
    let (post_to, csrf) = (administrator.page.path(), token(request, administrator, &tx));
    let page = AdminAskPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::People),
        seal: FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf },
        question: AdminQuestion::SignOutEverybody { open: Counted { count, are_more: more } },
        problem,
        back: &address_of(PeoplePage::List),
    };
    Ok(page.respond())
}
