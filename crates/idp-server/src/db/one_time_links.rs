//! Links in letters that are good once, all of them together: after a restore it cannot be known which were used since the
//! backup was made.

use super::schema::{administrator_links, mail_links, mails, registration_links, second_step_links};
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;

/// All links in letters, and the letters that have not gone out.
pub struct OneTimeLinks;

impl OneTimeLinks {
    /// Ends them. Letters that wait are given up for `why`: they may have been sent, and what they link to is void.
    ///
    /// # Errors
    /// When it is not stored.
    pub fn end_all(connection: &mut Connection, why: &str) -> Result<(), DbError> {
        diesel::delete(mail_links::table).execute(connection)?;
        diesel::delete(registration_links::table).execute(connection)?;
        diesel::delete(administrator_links::table).execute(connection)?;
        diesel::delete(second_step_links::table).execute(connection)?;
        let waiting = mails::table.filter(mails::state.eq("pending"));
        let given_up = (
            mails::state.eq("given_up"),
            mails::sealed.eq(None::<String>),
            mails::leased_until_ms.eq(0),
            mails::last_error.eq(why),
        );
        update(waiting, given_up).execute(connection)?;
        Ok(())
    }
}
