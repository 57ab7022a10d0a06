//! Serves every state of every page, with the headers and assets of the server; the forms lead nowhere.

use super::{Look, PageState, THEME, all};
use actix_web::dev::Server;
use actix_web::web::Data;
use actix_web::{App, HttpResponse, HttpServer, web};
use idp_core::discovery::path as server;
use idp_server::page::{Layout, SecurityHeaders, asset_route, assets};
use idp_server::words::Language;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;

struct Gallery {
    states: Vec<PageState>,
    looks: Vec<Look>,
}

/// The path of a page in the gallery.
#[must_use]
pub fn path(state: &PageState, look: &Look) -> String {
    format!("/{}/{}", look.name, state.name)
}

/// The gallery as a server. It begins when it is awaited.
///
/// # Errors
/// When `listener` cannot be used.
pub fn serve(listener: TcpListener) -> std::io::Result<Server> {
    let gallery = Data::new(Gallery { states: all(), looks: Look::all() });
    let app = move || {
        App::new()
            .wrap(SecurityHeaders::new(false, Rc::new(|_, _| Layout::new("Gallery", Language::english()))))
            .app_data(gallery.clone())
            .app_data(Data::from(Arc::clone(&THEME)))
            .route(asset_route::ROUTE, web::get().to(asset_route::serve))
            .route("/", web::get().to(index))
            .route(&format!("{}/{{name:.*}}", server::PICTURES), web::get().to(picture))
            .route("/{look}/{state}", web::get().to(show))
    };
    Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run())
}

async fn index(gallery: Data<Gallery>) -> HttpResponse {
    let mut list = String::from("<!doctype html><title>Pages</title><ul>");
    for state in &gallery.states {
        list.push_str(&format!("<li>{}:", state.name));
        for look in &gallery.looks {
            list.push_str(&format!(" <a href=\"{}\">{}</a>", path(state, look), look.name));
        }
    }
    html(list)
}

/// The picture of every person who has one.
async fn picture() -> HttpResponse {
    let Some(picture) = THEME.logo() else { return HttpResponse::NotFound().finish() };
    HttpResponse::Ok().content_type(picture.content_type()).body(picture.body())
}

async fn show(gallery: Data<Gallery>, asked: web::Path<(String, String)>) -> HttpResponse {
    let look = gallery.looks.iter().find(|look| look.name == asked.0);
    let state = gallery.states.iter().find(|state| state.name == asked.1);
    let Some((look, state)) = look.zip(state) else { return HttpResponse::NotFound().finish() };
    // Its script would leave the page at once.
    html(state.draw(look).replace(assets::form_post_script().url(), "/no-script"))
}

fn html(body: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body)
}
