//! What an arriving browser brings: the `state`, the binding that it is for, and whether both go together.
//! The judgement is pure; what follows from it is in `resume`. RFC 9700 section 4.7.1.

use actix_web::HttpRequest;

use crate::{
    sign_in::{
        browser::query::QueryParams,
        login::{
            browser_binding::{Binding, FlowSecrets},
            state::{self, Age, SignInState},
        },
        site::Site,
    },
    time::UnixTime,
};

/// How an answer of the provider stands to the browser that brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// This browser began it, and has no answer yet.
    Open,
    /// It was answered: Back, a reload, or a second answer of the provider.
    Used,
    /// It was begun too long ago.
    Overdue,
    /// Another browser began it, or this one before it forgot.
    Foreign,
    /// This browser brings no cookie of a sign-in at all.
    Unbound,
    /// The site cannot read it: another key, cut off, made up, or none.
    Unreadable,
}

/// An arrival at the callback.
pub(super) struct Arrival {
    pub(super) standing: Standing,
    /// What is known about the attempt.
    pub(super) state: Option<SignInState>,
    /// How often the site began anew by itself before it.
    pub(super) restarts: u8,
    /// The browser: the binding that the attempt is for, or any.
    pub(super) binding: Option<Binding>,
    /// Of an attempt of this browser.
    pub(super) secrets: Option<FlowSecrets>,
}

impl Arrival {
    pub(super) fn of(site: &Site, request: &HttpRequest, params: &QueryParams) -> Self {
        let text = params.single("state").unwrap_or_default();
        let mut bindings = Binding::all_of(request, &site.cookies, &site.sealer);
        let Some((state, keys)) = SignInState::open(&site.sealer, text) else {
            let restarts = state::restarts_of(text).unwrap_or_default();
            let binding = bindings.into_iter().next();
            return Self { standing: Standing::Unreadable, state: None, restarts, binding, secrets: None };
        };
        let fitting = bindings.iter().position(|binding| binding.tag() == state.browser);
        let standing = judge(&state, fitting.and_then(|at| bindings.get(at)), bindings.len(), site.now());
        let binding = match fitting {
            Some(at) => Some(bindings.swap_remove(at)),
            None => bindings.into_iter().next(),
        };
        let secrets = binding.as_ref().filter(|_| fitting.is_some()).map(|own| own.secrets(keys, &state));
        Self { standing, restarts: state.restarts, state: Some(state), binding, secrets }
    }
}

/// Every reason not to exchange a code, in order.
fn judge(state: &SignInState, own: Option<&Binding>, bindings: usize, now: UnixTime) -> Standing {
    match own {
        None if bindings == 0 => Standing::Unbound,
        None => Standing::Foreign,
        Some(own) if own.answered.contains(state.begun_at, state.id) => Standing::Used,
        Some(_) => match state.age(now) {
            Age::Overdue => Standing::Overdue,
            // No clock of ours made it.
            Age::Ahead => Standing::Unreadable,
            Age::Open => Standing::Open,
        },
    }
}
