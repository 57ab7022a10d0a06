//! The link in a letter that stands in for a second factor, as it is opened and used up. Sending it is `mail_fallback`'s.

use super::Store;
use super::mail_outbox::Letters;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{Connection, DbError, second_step_links, users};
use crate::mail::{News, SecondStepNews};
use idp_core::second_step_link::SecondStepLink;
use idp_core::secret::Secret;
use idp_core::time::UnixTime;
use idp_core::user::User;

impl Store {
    /// The link with this secret while it is good, and whose it is. Looking uses nothing up.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_second_step_link(
        &self,
        secret: &Secret,
        now: UnixTime,
    ) -> Result<Option<(SecondStepLink, User)>, DbError> {
        let secret = secret.hash();
        self.read(move |connection| {
            let link = second_step_links::by_secret(connection, &secret)?;
            let Some(link) = link.filter(|link| link.is_live(now) && !link.is_used) else {
                return Ok(None);
            };
            Ok(users::by_id(connection, link.user)?.map(|user| (link, user)))
        })
        .await
    }
}

/// Uses up the link, and tells its person at every address of theirs. Answers whether it was unused.
pub(super) fn spend(
    connection: &mut Connection,
    letters: &Letters,
    user: &User,
    link: &SecondStepLink,
    address: &str,
    now: UnixTime,
) -> Result<bool, DbError> {
    if !second_step_links::spend(connection, user.id, link.sign_in)? {
        return Ok(false);
    }
    let address = Some(address.to_owned());
    let about = AuditContext { user: Some(user.id), address: address.clone(), ..AuditContext::default() };
    audit_events::record(connection, AuditEvent::SecondStepLinkUsed, about, now)?;
    let news = News::SecondStep(SecondStepNews::LinkUsed { at: now, address });
    letters.write(connection, user, &news, now)?;
    Ok(true)
}
