//! The part of the way through everything that no page shows: what is done from the command line, what the server does by itself, and what
//! is asked once in a while.

mod console;
mod rare;
mod server;

pub use console::administrators;
pub use rare::{rare_acts, rare_questions};
pub use server::tasks;

const YEARS: i64 = 3 * 365 * 24 * 60 * 60;
