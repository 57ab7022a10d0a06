//! The beginning of a sign-in: `GET <mount>/login` sends the browser to the provider, with a `state` that
//! knows the way back. RFC 6749 section 4.1.1; RFC 7636 section 4.3; OpenID Connect Core section 3.1.2.1.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{HeaderName, HeaderValue},
    web::Data,
};
use oauth2::{CsrfToken, PkceCodeChallenge, Scope};
use tracing::{Instrument as _, Span};

use super::{browser_binding::Binding, silent_marker, state::SignInState};
use crate::{
    demand::Demanded,
    sign_in::{
        SignIn,
        browser::{
            cookies, error_page,
            local_path::{LocalPath, ReturnToError},
            locale::Locale,
            query::QueryParams,
            redirect::{add_cookies, go_to, redirect},
            request_origin,
            seal::{self, SealError},
            step_up::StepUp,
        },
        grant::stored_grant::StoredGrant,
        memory::former_grants::FormerGrant,
        provider::ProviderError,
        site::{Mode, Site},
    },
    trace,
};

/// Tells a site's developer that the address to come back to was not taken; in debug builds alone.
const REFUSED_HEADER: HeaderName = HeaderName::from_static("x-return-to-refused");

/// A sign-in that is to begin.
pub(crate) struct LoginRequest {
    pub(crate) return_to: LocalPath,
    pub(crate) is_silent: bool,
    /// Whether the person is to be led to an account of their own first.
    pub(crate) creates: bool,
    /// How often the site began anew by itself.
    pub(crate) restarts: u8,
    pub(crate) step_up: Option<StepUp>,
}

#[derive(Debug, thiserror::Error)]
enum LoginStartError {
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Sends the browser to the provider.
pub(crate) async fn start(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let (site, locale) = (&sign_in.0, sign_in.0.locale(&request));
    let (login, refused) = LoginRequest::read(site, &request);
    if request_origin::is_surely_no_navigation(&request) {
        return error_page::not_a_navigation(&locale, &login.path(site));
    }
    site.warn_of_other_name(&request);
    if login.is_silent && !silent_marker::is_present(site, &request) {
        let page = login.return_to.with_parameter(&site.cookies.cookieless_parameter());
        return go_to(&locale, &page, []);
    }
    let binding = Binding::all_of(&request, &site.cookies, &site.sealer).into_iter().next();
    if let Some(answer) =
        binding.as_ref().and_then(|own| keeps_no_session(site, &locale, &request, own, &login))
    {
        return answer;
    }
    if let (Mode::Scripted, Some(binding)) = (site.mode, &binding) {
        let grant = StoredGrant::of_request(site, &request).map(FormerGrant::from);
        site.former_grants.hold(binding.tag(), grant);
    }
    let mut response = send(site, &locale, binding, &login).await;
    if let Some(refused) = refused.filter(|_| cfg!(debug_assertions)) {
        response.headers_mut().insert(REFUSED_HEADER, HeaderValue::from_static(refused.word()));
    }
    response
}

/// The page for a browser that keeps the cookie of its sign-ins here as little as of the last two. Pressing its link
/// counts anew.
fn keeps_no_session(
    site: &Site,
    locale: &Locale,
    request: &HttpRequest,
    binding: &Binding,
    login: &LoginRequest,
) -> Option<HttpResponse> {
    let kept_one = || {
        let browsers = cookies::named(request, &site.cookies.browser_name());
        browsers.into_iter().any(|browser| site.spent_sessions.has_kept(browser))
    };
    let brings_none = || cookies::named(request, &site.cookies.session_name()).is_empty() && !kept_one();
    let is_in_vain = site.mode == Mode::ServerRendered
        && !login.is_silent
        && binding.rounds.are_in_vain(site.now())
        && brings_none();
    if !is_in_vain {
        return None;
    }
    tracing::warn!("a browser does not keep the session cookie: it is blocked there, or too large");
    let afresh = binding.clone().afresh();
    let mut response =
        error_page::no_cookies(locale, site.host(), &format!("{}{}", site.origin(), login.path(site)));
    add_cookies(&mut response, afresh.cookie(&site.cookies, &site.sealer).ok());
    Some(response)
}

/// Begins a sign-in in the browser with this binding, or answers with the page that says why not.
pub(crate) async fn send(
    site: &Site,
    locale: &Locale,
    binding: Option<Binding>,
    login: &LoginRequest,
) -> HttpResponse {
    let span = trace::step("begin sign-in");
    match begin(site, locale, binding, login).instrument(span).await {
        Ok(response) => response,
        Err(error) if login.is_silent => {
            tracing::info!(%error, "a silent sign-in was not begun");
            go_to(locale, &login.return_to, [])
        }
        Err(error) => {
            tracing::error!(%error, "a sign-in could not be begun");
            error_page::provider_away(locale, &login.path(site))
        }
    }
}

impl LoginRequest {
    /// What a link to the log-in route asks for. A target that is not of this site is as good as none.
    fn read(site: &Site, request: &HttpRequest) -> (Self, Option<ReturnToError>) {
        let params = QueryParams::of_query(request);
        let wanted = params.single("return_to").map(|text| site.address_of(text));
        let (return_to, refused) = match wanted {
            Some(Ok(path)) => (path, None),
            Some(Err(error)) => (site.after_sign_in.clone(), Some(error)),
            None => (site.after_sign_in.clone(), None),
        };
        let is_silent = params.single("prompt") == Some("none");
        let creates = params.single("prompt") == Some("create");
        let step_up = StepUp::of(&params).filter(|_| !is_silent);
        (Self { return_to, is_silent, creates, restarts: 0, step_up }, refused)
    }

    /// Where the same begins once more.
    fn path(&self, site: &Site) -> String {
        site.login_path_with(&self.return_to, self.step_up.as_ref())
    }

    /// The parameters of the authorization request that a demand adds: what must be met is an essential claim, since
    /// `acr_values` is a wish (OpenID Connect Core section 5.5.1.1).
    fn demands(&self) -> impl Iterator<Item = (&'static str, String)> {
        let demand = self.step_up.as_ref().map(|step_up| &step_up.demand);
        let max_age = demand.and_then(Demanded::max_age).map(|seconds| ("max_age", seconds.to_string()));
        let claims = demand.and_then(Demanded::claims).map(|claims| ("claims", claims));
        max_age.into_iter().chain(claims)
    }
}

async fn begin(
    site: &Site,
    locale: &Locale,
    known: Option<Binding>,
    login: &LoginRequest,
) -> Result<HttpResponse, LoginStartError> {
    let endpoints = site.provider.endpoints().await?;
    let client = site.oauth_client(&endpoints);
    let is_new = known.is_none();
    let binding = known.map_or_else(Binding::new, Ok)?;
    let state = begun_state(site, &binding, login)?;
    let secrets = binding.secrets(site.sealer.present(), &state);
    let state = state.seal(&site.sealer)?;
    let mut authorization = client
        .authorize_url(|| CsrfToken::new(state))
        .add_scopes(site.scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&secrets.verifier))
        .add_extra_param("nonce", secrets.nonce);
    if login.is_silent {
        authorization = authorization.add_extra_param("prompt", "none");
    }
    if login.creates {
        authorization = authorization.add_extra_param("prompt", "create");
    }
    for (name, value) in login.demands() {
        authorization = authorization.add_extra_param(name, value);
    }
    if let Some(tag) = locale.ui_locales() {
        authorization = authorization.add_extra_param("ui_locales", tag);
    }
    let (url, _) = authorization.url();
    let mut response = redirect(url.as_str());
    if is_new {
        response.cookie(binding.cookie(&site.cookies, &site.sealer)?);
    }
    Ok(response.finish())
}

fn begun_state(site: &Site, binding: &Binding, login: &LoginRequest) -> Result<SignInState, SealError> {
    let browser = binding.tag();
    let answered = site.used_states.answered(browser, &binding.answered);
    Ok(SignInState {
        id: seal::random()?,
        browser,
        return_to: site.reference(&login.return_to),
        is_silent: login.is_silent,
        restarts: login.restarts,
        step_up: login.step_up.clone(),
        begun_at: answered.open_from(site.now().as_secs()),
        trace: trace::traceparent(&Span::current()),
    })
}
