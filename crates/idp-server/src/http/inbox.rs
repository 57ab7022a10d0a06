//! The letters of the demonstration, for everyone who can reach it. A provider in real use has no such page.

use crate::app::App;
use crate::http::request::BrowserRequest;
use crate::http::request::route::{read, resource};
use crate::mail::{KeptLetter, Postman};
use crate::page::{
    DisplayText, InboxPage, Layout, LinkUri, ListedLetter, PageError, PageSecurity, RelativeTime, respond,
};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType};
use actix_web::web::{Data, Path, ServiceConfig};
use idp_core::time::UnixTime;
use uuid::Uuid;

/// A letter brings its own style and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

pub(super) fn routes(config: &mut ServiceConfig) {
    let document = format!("{}/{{letter}}", InboxPage::PATH);
    config
        .service(resource(InboxPage::PATH, "GET, HEAD").route(read(get)))
        .service(resource(&document, "GET, HEAD").route(read(get_document)));
}

/// GET `/demo/inbox`.
async fn get(request: BrowserRequest, app: Data<App>) -> HttpResponse {
    let (layout, now) = (request.layout(), app.now());
    let letters = kept(&app).into_iter().map(|letter| listed(letter, app.issuer(), &layout, now)).collect();
    respond(&InboxPage { layout, letters }, StatusCode::OK, &PageSecurity::own_forms())
}

/// GET `/demo/inbox/{letter}`: as a mail program shows it.
async fn get_document(letter: Path<Uuid>, app: Data<App>) -> Result<HttpResponse, PageError> {
    let found = kept(&app).into_iter().find(|kept| kept.id == *letter).ok_or(PageError::NotFound)?;
    let mut answer = HttpResponse::Ok();
    answer.content_type(ContentType::html()).insert_header((CONTENT_SECURITY_POLICY, POLICY));
    Ok(answer.body(found.text.html))
}

fn kept(app: &App) -> Vec<KeptLetter> {
    match &app.postman {
        Postman::Inbox(inbox) => inbox.letters(),
        _ => Vec::new(),
    }
}

fn listed(letter: KeptLetter, issuer: &str, layout: &Layout, now: UnixTime) -> ListedLetter {
    let is_ours = |word: &&str| word.strip_prefix(issuer).is_some_and(|rest| rest.starts_with('/'));
    let link = letter.text.text.split_whitespace().find(is_ours);
    ListedLetter {
        link: link.and_then(LinkUri::new),
        id: letter.id,
        to: DisplayText::name(&letter.to),
        at: RelativeTime::new(letter.at, now, layout.language),
        language: letter.text.language,
        subject: DisplayText::name(&letter.text.subject),
        text: letter.text.text,
    }
}
