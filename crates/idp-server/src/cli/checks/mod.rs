//! What `config check` and `doctor` look at, once for both. A look makes and changes nothing, takes a bounded time, and names
//! everything that it finds wrong instead of the first alone.

mod finding;
pub(super) mod node;
mod patience;
mod start;

pub(super) use finding::{Finding, Outcome, worst};
pub(super) use patience::apart;
pub(super) use start::{look as look_at_start, no_restart_mends};
