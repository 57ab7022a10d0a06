//! What one process remembers between requests, all of it bounded and none of it needed after a restart. It knows the
//! refreshes under way, answers that were given, long addresses and forms that wait. It knows which sign-ins ended and why,
//! and how many event streams are open. What follows from it is for the handlers to decide.

pub(crate) mod answered;
pub(crate) mod end_causes;
pub(crate) mod former_grants;
pub(crate) mod held_forms;
pub(crate) mod long_addresses;
pub(crate) mod refresh_outcome;
pub(crate) mod single_flight;
pub(crate) mod spent_sessions;
pub(crate) mod stream_limits;
pub(crate) mod used_states;
