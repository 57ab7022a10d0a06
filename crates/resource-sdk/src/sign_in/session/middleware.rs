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
    cookieless::{GUEST_PATH, Guest},
    current_session::{self, CurrentSession},
    sign_in_error::SignInError,
};
use crate::sign_in::{
    browser::{local_path::LocalPath, redirect::redirect},
    memory::shared_refresh::FlightGuard,
    site::Site,
};

/// Middleware of a site in server-rendered mode; see [`SignIn::middleware`](super::SignIn::middleware).
#[derive(Clone, Debug)]
pub struct SessionMiddleware(pub(crate) Arc<Site>);

/// The mounted site, where extractors find it.
pub(crate) struct MountedSite(pub(crate) Arc<Site>);

/// What is known about one request.
#[derive(Default)]
struct RequestState {
    current_session: OnceCell<CurrentSession>,
    cookie: RefCell<Option<Cookie<'static>>>,
    /// Lets requests with the old cookie join until the answer with the new one leaves.
    flight: Cell<Option<FlightGuard>>,
    session_id: RefCell<Option<String>>,
    welcomes_guests: Cell<bool>,
}

/// Who this request comes from, found out at most once.
pub(crate) async fn current_session(
    request: &HttpRequest,
) -> Result<(Arc<Site>, CurrentSession), SignInError> {
    let site = request.app_data::<MountedSite>().map(|mounted| Arc::clone(&mounted.0));
    let site = site.ok_or(SignInError::NotMounted)?;
    let state = request.extensions().get::<Rc<RequestState>>().cloned().ok_or(SignInError::NoMiddleware)?;
    let resolve = || async {
        let resolved = current_session::resolve(&site, request).await;
        state.cookie.replace(resolved.cookie);
        state.flight.set(resolved.flight);
        state.session_id.replace(resolved.session_id);
        resolved.current
    };
    let current_session = state.current_session.get_or_init(resolve).await.clone();
    Ok((site, current_session))
}

/// Says that the page which is being made may be seen by guests.
pub(crate) fn welcome_guests(request: &HttpRequest) {
    if let Some(state) = request.extensions().get::<Rc<RequestState>>() {
        state.welcomes_guests.set(true);
    }
}

impl<S, B> Transform<S, ServiceRequest> for SessionMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = SessionMiddlewareService<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(SessionMiddlewareService { site: Arc::clone(&self.0), service }))
    }
}

/// The service that [`SessionMiddleware`] puts around the site.
#[derive(Debug)]
pub struct SessionMiddlewareService<S> {
    site: Arc<Site>,
    service: S,
}

impl<S, B> Service<ServiceRequest> for SessionMiddlewareService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let state = Rc::new(RequestState::default());
        request.extensions_mut().insert(Rc::clone(&state));
        let guest_of = serve_guest(&self.site, &mut request);
        let (site, answer) = (Arc::clone(&self.site), self.service.call(request));
        Box::pin(async move {
            let outcome = answer.await;
            drop(state.flight.take());
            let mut response = outcome.map_err(|error| finish_error(&site, &state, error))?;
            finish(&site, &state, response.response_mut());
            match guest_of {
                Some(page) if !state.welcomes_guests.get() => Ok(send_away(response, &page)),
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
fn finish_error(site: &Site, state: &RequestState, error: Error) -> Error {
    if state.current_session.get().is_none() {
        return error;
    }
    let mut response = error.error_response();
    finish(site, state, &mut response);
    InternalError::from_response(error, response).into()
}

/// An answer that depends on who asked is nobody else's; one that sets a session least of all.
fn finish<B>(site: &Site, state: &RequestState, response: &mut HttpResponse<B>) {
    if state.current_session.get().is_none() {
        return;
    }
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Cookie"));
    let cookie = state.cookie.take().filter(|_| !has_ended(site, state));
    if cookie.is_some() || !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    let Some(cookie) = cookie else { return };
    if !sets_cookie(response, cookie.name())
        && let Err(error) = response.add_cookie(&cookie)
    {
        tracing::error!(%error, "a refreshed session cannot be kept");
    }
}

/// Whether the session ended while the handler was at work: nothing is to be said about it any more.
fn has_ended(site: &Site, state: &RequestState) -> bool {
    state.session_id.borrow().as_deref().is_some_and(|id| site.spent_sessions.is_spent(id))
}

/// Whether the handler itself decided about this cookie: signing out wins over a refresh.
fn sets_cookie<B>(response: &HttpResponse<B>, name: &str) -> bool {
    response.cookies().any(|cookie| cookie.name() == name)
}
