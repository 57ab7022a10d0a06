//! The middleware beside the extractors: it carries what they found out about a session (a refreshed
//! one, an ended one) into the answer's cookies, and keeps such answers out of shared caches. It changes
//! no request: a page is reached by its own address alone.

use std::{
    cell::{Cell, RefCell},
    future::{Ready, ready},
    rc::Rc,
    sync::Arc,
};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    cookie::Cookie,
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    error::InternalError,
    http::header::{CACHE_CONTROL, HeaderValue, VARY},
};
use futures_util::future::LocalBoxFuture;
use tokio::sync::OnceCell;

use super::{
    current_session::{self, CurrentSession},
    sign_in_error::SignInError,
};
use crate::sign_in::{browser::locale::Locale, grant::refresh::RefreshGuard, site::Site};

/// Middleware of a site in server-rendered mode; see [`SignIn::middleware`](crate::sign_in::SignIn::middleware).
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
    flight: Cell<Option<RefreshGuard>>,
    session_id: RefCell<Option<String>>,
}

/// The session of this request, resolved at most once.
pub(crate) async fn current_session(
    request: &HttpRequest,
) -> Result<(Arc<Site>, CurrentSession), SignInError> {
    let site = request.app_data::<MountedSite>().map(|mounted| Arc::clone(&mounted.0));
    let site = site.ok_or_else(|| SignInError::NotMounted { locale: Locale::without_site(request) })?;
    let state = request.extensions().get::<Rc<RequestState>>().cloned();
    let state = state.ok_or_else(|| SignInError::NoMiddleware { locale: site.locale(request) })?;
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

impl<S, B> Transform<S, ServiceRequest> for SessionMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<B>;
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
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let state = Rc::new(RequestState::default());
        request.extensions_mut().insert(Rc::clone(&state));
        let (site, answer) = (Arc::clone(&self.site), self.service.call(request));
        Box::pin(async move {
            let outcome = answer.await;
            drop(state.flight.take());
            let mut response = outcome.map_err(|error| finish_error(&site, &state, error))?;
            finish(&site, &state, response.response_mut());
            Ok(response)
        })
    }
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

/// An answer that depends on the session must not be served from a shared cache to another user.
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
