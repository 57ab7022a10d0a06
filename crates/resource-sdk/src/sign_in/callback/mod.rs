//! The end of a sign-in: `GET <mount>/callback` takes the authorization response, once for each `state`;
//! a request that the browser repeats gets the same answer. `arrival` judges how an answer stands to the browser that
//! brings it, and `code_flow` checks it. `failure` says what a failure looks like, `former` what becomes of the sign-in
//! before it, and `resume` where an answer that is not taken leads. RFC 6749 section 4.1.2.

mod arrival;
mod code_flow;
mod failure;
mod former;
mod resume;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use tracing::{Instrument as _, Span};

use self::{
    arrival::{Arrival, Standing},
    code_flow::Accepted,
    failure::CallbackError,
    former::give_up,
};
use crate::sign_in::{
    SignIn,
    browser::{
        error_page,
        local_path::LocalPath,
        locale::Locale,
        query::QueryParams,
        recorded_response::RecordedResponse,
        redirect::{add_cookies, go_to},
        request_origin,
    },
    grant::stored_grant::StoredGrant,
    login::{
        browser_binding::{Binding, FlowSecrets},
        start::{self, LoginRequest},
        state::SignInState,
    },
    memory::former_grants::FormerGrant,
    provider::token_endpoint::TokenError,
    session::session_cookie::Session,
    site::Site,
};
use crate::trace;

/// An attempt of this browser whose answer is being made.
struct Attempt {
    state: SignInState,
    secrets: FlowSecrets,
    binding: Binding,
    return_to: LocalPath,
    /// Where it leads when all is well.
    way_back: LocalPath,
}

/// Takes the authorization response.
pub(crate) async fn callback(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let (site, locale) = (&sign_in.0, sign_in.0.locale(&request));
    if request_origin::is_surely_no_navigation(&request) {
        return error_page::not_a_navigation(&locale, &site.login_path(&site.after_sign_in, false));
    }
    let params = QueryParams::of_query(&request);
    let mut arrival = Arrival::of(site, &request, &params);
    if let Some(attempt) = Attempt::of(site, &mut arrival) {
        let state = params.single("state").unwrap_or_default();
        let former = Session::of_request(site, &request).map(|session| session.grant);
        // It is done in a task of its own, and belongs to what the person began.
        let span = trace::step("complete sign-in");
        trace::go_on_from(&span, attempt.state.trace.as_deref());
        trace::follows_from(&span, &Span::current());
        let work =
            || answer(Arc::clone(site), locale.clone(), params.clone(), attempt, former).instrument(span);
        let answer = site.used_states.answer_once(state, request.query_string(), work).await;
        // One that another sign-in replaced since must not be brought back by a reload.
        let is_current = |answer: &RecordedResponse| {
            answer.begins().is_none_or(|grant| !site.spent_sessions.is_spent(grant))
        };
        if let Some(answer) = answer.filter(is_current) {
            return answer.response();
        }
        arrival.standing = Standing::Used;
    }
    resume::resume(site, &locale, &request, &params, arrival).await
}

impl Attempt {
    /// The attempt that an arrival answers, if that is open.
    fn of(site: &Site, arrival: &mut Arrival) -> Option<Self> {
        if arrival.standing != Standing::Open {
            return None;
        }
        let (state, binding) = (arrival.state.clone()?, arrival.binding.clone()?);
        let return_to = site.address_of(&state.return_to).unwrap_or_else(|_| site.after_sign_in.clone());
        let way_back = site.way_back(&return_to, state.step_up.as_ref());
        Some(Self { secrets: arrival.secrets.take()?, state, binding, return_to, way_back })
    }

    /// From now on it counts as answered, whether the sign-in succeeds or not, in this process and in the
    /// cookie that comes with the answer.
    fn mark_answered(&mut self, site: &Site) {
        let answered = self.binding.answered.clone().with(self.state.begun_at, self.state.id);
        self.binding.answered = site.used_states.note(self.binding.tag(), answered);
    }

    /// Octets that the answer takes in a response head, beside the session.
    fn response_bytes(&self, site: &Site) -> usize {
        let location = if self.way_back.fits_a_head() { self.way_back.as_str().len() } else { 0 };
        location + Binding::response_bytes(&site.cookies)
    }
}

/// Makes the one answer of an attempt.
async fn answer(
    site: Arc<Site>,
    locale: Locale,
    params: QueryParams,
    mut attempt: Attempt,
    former: Option<StoredGrant>,
) -> RecordedResponse {
    attempt.mark_answered(&site);
    let outcome = code_flow::complete(&site, &params, &attempt).await;
    let begins = outcome.as_ref().ok().map(|accepted| accepted.grant_id.clone());
    if begins.is_some() {
        attempt.binding.rounds = attempt.binding.rounds.after_sign_in(former.is_some(), site.now());
        let by_script = site.former_grants.take(attempt.binding.tag());
        former.map(FormerGrant::from).into_iter().chain(by_script).for_each(|former| give_up(&site, former));
    }
    let mut response = response(&site, &locale, &attempt, outcome).await;
    match attempt.binding.cookie(&site.cookies, &site.sealer) {
        Ok(cookie) => add_cookies(&mut response, [cookie]),
        Err(error) => tracing::error!(%error, "a browser cannot be told what was answered"),
    }
    RecordedResponse::of(response).beginning(begins)
}

async fn response(
    site: &Site,
    locale: &Locale,
    attempt: &Attempt,
    outcome: Result<Accepted, CallbackError>,
) -> HttpResponse {
    let error = match outcome {
        Ok(accepted) => return lead_on(site, locale, attempt, accepted),
        Err(error) => error,
    };
    failure::log(&error);
    let restarts = attempt.state.restarts + 1;
    if is_stale(&error) && !attempt.state.is_silent && restarts <= resume::MAX_RESTARTS {
        let (return_to, step_up) = (attempt.return_to.clone(), attempt.state.step_up.clone());
        let login = LoginRequest { return_to, is_silent: false, creates: false, restarts, step_up };
        return start::send(site, locale, Some(attempt.binding.clone()), &login).await;
    }
    failure::response(site, locale, attempt, &error)
}

/// To the page that was wanted. A sign-in that still falls short of what was demanded is kept, said to do so, and
/// not asked for again: the person would go round in circles.
fn lead_on(site: &Site, locale: &Locale, attempt: &Attempt, accepted: Accepted) -> HttpResponse {
    let demand = attempt.state.step_up.as_ref().map(|step_up| &step_up.demand);
    let shortfall =
        demand.and_then(|demand| demand.shortfall(&accepted.access_token, site.now(), site.leeway()));
    let Some(shortfall) = shortfall else {
        return go_to(locale, &attempt.way_back, accepted.cookies);
    };
    tracing::info!(?shortfall, "a sign-in falls short of what a route demands");
    let again = site.login_path_with(&attempt.return_to, attempt.state.step_up.as_ref());
    let mut response = error_page::short_of_demand(locale, shortfall, &again);
    add_cookies(&mut response, accepted.cookies);
    response
}

/// Whether the provider takes the code no more: a tab that was restored, an answer that took long. The person did
/// nothing wrong.
fn is_stale(error: &CallbackError) -> bool {
    matches!(error, CallbackError::Token(TokenError::InvalidGrant))
}
