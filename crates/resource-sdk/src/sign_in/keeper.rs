//! The middleware beside the extractors: it carries what they found out about a session (a refreshed
//! one, an ended one) into the answer's cookies, keeps such answers out of shared caches, and serves
//! pages under the one-shot path of browsers that keep no cookies (see `silent`).

use std::{
    cell::{Cell, RefCell},
    future::{Ready, ready},
    rc::Rc,
    sync::Arc,
};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::EitherBody,
    cookie::Cookie,
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    error::InternalError,
    http::{
        Method, Uri,
        header::{CACHE_CONTROL, HeaderValue, VARY},
    },
};
use futures_util::future::LocalBoxFuture;
use tokio::sync::OnceCell;

use super::{
    guest::{GUEST_PATH, Guest},
    redirect::redirect,
    renewal::Hold,
    return_to::LocalPath,
    sign_in_error::SignInError,
    site::Site,
    visit::{self, Visit},
};

/// Middleware of a site in server-rendered mode; see [`SignIn::keeper`](super::SignIn::keeper).
#[derive(Clone, Debug)]
pub struct SessionKeeper(pub(super) Arc<Site>);

/// The mounted site, where extractors find it.
pub(super) struct Mounted(pub(super) Arc<Site>);

/// What is known about one request.
#[derive(Default)]
struct Slot {
    visit: OnceCell<Visit>,
    cookie: RefCell<Option<Cookie<'static>>>,
    /// Lets requests with the old cookie join until the answer with the new one leaves.
    hold: Cell<Option<Hold>>,
    session_id: RefCell<Option<String>>,
    welcomes_guests: Cell<bool>,
}

/// Who this request comes from, found out at most once.
pub(super) async fn visit(request: &HttpRequest) -> Result<(Arc<Site>, Visit), SignInError> {
    let site = request.app_data::<Mounted>().map(|mounted| Arc::clone(&mounted.0));
    let site = site.ok_or(SignInError::NotMounted)?;
    let slot = request.extensions().get::<Rc<Slot>>().cloned().ok_or(SignInError::NoKeeper)?;
    let find_out = || async {
        let resolved = visit::resolve(&site, request).await;
        slot.cookie.replace(resolved.cookie);
        slot.hold.set(resolved.hold);
        slot.session_id.replace(resolved.session_id);
        resolved.visit
    };
    let visit = slot.visit.get_or_init(find_out).await.clone();
    Ok((site, visit))
}

/// Says that the page which is being made may be seen by guests.
pub(super) fn welcome_guests(request: &HttpRequest) {
    if let Some(slot) = request.extensions().get::<Rc<Slot>>() {
        slot.welcomes_guests.set(true);
    }
}

impl<S, B> Transform<S, ServiceRequest> for SessionKeeper
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = KeeperService<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(KeeperService { site: Arc::clone(&self.0), service }))
    }
}

/// The service that [`SessionKeeper`] puts around the site.
#[derive(Debug)]
pub struct KeeperService<S> {
    site: Arc<Site>,
    service: S,
}

impl<S, B> Service<ServiceRequest> for KeeperService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let slot = Rc::new(Slot::default());
        request.extensions_mut().insert(Rc::clone(&slot));
        let guest_of = serve_guest(&self.site, &mut request);
        let (site, answer) = (Arc::clone(&self.site), self.service.call(request));
        Box::pin(async move {
            let outcome = answer.await;
            drop(slot.hold.take());
            let mut response = outcome.map_err(|error| finish_error(&site, &slot, error))?;
            finish(&site, &slot, response.response_mut());
            match guest_of {
                Some(page) if !slot.welcomes_guests.get() => Ok(send_away(response, &page)),
                _ => Ok(response.map_into_left_body()),
            }
        })
    }
}

/// Takes the one-shot prefix off the path, so that the page itself answers. Answers that path.
fn serve_guest(site: &Site, request: &mut ServiceRequest) -> Option<LocalPath> {
    let prefix = site.path(GUEST_PATH);
    let path_and_query = request.uri().path_and_query().map(ToString::to_string)?;
    let is_safe = [Method::GET, Method::HEAD].contains(request.method());
    let rest = path_and_query.strip_prefix(&prefix).filter(|_| is_safe)?;
    let page = site.local_path(rest)?;
    let uri: Uri = page.as_str().parse().ok()?;
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
    request.extensions_mut().insert(Guest);
    Some(page)
}

/// Only pages that take `SilentSignIn` are for guests. Anything else is to be had under its own path
/// alone: somebody may guard it by that path, in front of this program or around this middleware.
fn send_away<B>(response: ServiceResponse<B>, page: &LocalPath) -> ServiceResponse<EitherBody<B>> {
    response.into_response(redirect(page.as_str()).finish()).map_into_right_body()
}

/// An error is an answer too: without its cookie the browser would keep a session that is spent.
fn finish_error(site: &Site, slot: &Slot, error: Error) -> Error {
    if slot.visit.get().is_none() {
        return error;
    }
    let mut response = error.error_response();
    finish(site, slot, &mut response);
    InternalError::from_response(error, response).into()
}

/// An answer that depends on who asked is nobody else's; one that sets a session least of all.
fn finish<B>(site: &Site, slot: &Slot, response: &mut HttpResponse<B>) {
    if slot.visit.get().is_none() {
        return;
    }
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Cookie"));
    let cookie = slot.cookie.take().filter(|_| !has_ended(site, slot));
    if cookie.is_some() || !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    let Some(cookie) = cookie else { return };
    if !sets(response, cookie.name())
        && let Err(error) = response.add_cookie(&cookie)
    {
        tracing::error!(%error, "a refreshed session cannot be kept");
    }
}

/// Whether the session ended while the handler was at work: nothing is to be said about it any more.
fn has_ended(site: &Site, slot: &Slot) -> bool {
    slot.session_id.borrow().as_deref().is_some_and(|id| site.ended.has(id))
}

/// Whether the handler itself decided about this cookie: signing out wins over a refresh.
fn sets<B>(response: &HttpResponse<B>, name: &str) -> bool {
    response.cookies().any(|cookie| cookie.name() == name)
}
