//! Transitions over several tables, each one transaction: open a session, redeem a code, rotate a
//! refresh token, revoke. Handlers call these; the rules they apply are `idp_core`'s. No HTTP here.

pub mod client_secrets;
pub mod codes;
pub mod devices;
pub mod ending;
pub mod grants;
pub mod guesses;
pub mod logout_outbox;
pub mod receipts;
pub mod revoke;
pub mod sessions;
pub mod strangers;
pub mod token_state;
