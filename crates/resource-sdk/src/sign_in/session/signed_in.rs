//! A signed-in person as a handler gets to know one: who it is, the verified token, and what the
//! person's forms need. How one is found in a request is left to `current_session`, how a handler gets one to
//! `extractors`. RFC 9068 (the token behind it); OWASP ASVS 10.3.3 (a local account hangs on issuer and
//! subject, never on a mail address).

use std::{fmt, sync::Arc};

use super::session_cookie::Session;
use crate::{
    claims::AccessToken,
    sign_in::{grant::stored_grant::StoredGrant, site::Site},
};

/// A signed-in person, whose access token was verified offline for this very request.
///
/// As a handler's argument it turns every other request away. A person who goes to the page is sent to
/// sign in and comes back to it. A script gets 401. While nothing can be said, the answer is 503.
#[derive(Clone)]
pub struct SignedIn(Arc<Person>);

struct Person {
    site: Arc<Site>,
    session: Session,
    token: AccessToken,
}

/// What a site's own record of a person hangs on: the provider and the identifier there. Mail
/// addresses and names change hands; this does not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountKey {
    /// `iss`
    pub issuer: String,
    /// `sub`
    pub subject: String,
}

impl SignedIn {
    pub(crate) fn new(site: &Arc<Site>, session: Session, token: AccessToken) -> Self {
        Self(Arc::new(Person { site: Arc::clone(site), session, token }))
    }

    /// The key of the person's local account.
    #[must_use]
    pub fn account(&self) -> AccountKey {
        let issuer = self.0.token.issuer().to_owned();
        AccountKey { issuer, subject: self.subject().to_owned() }
    }

    /// `sub`: the person's identifier at the provider.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.token.subject()
    }

    /// What the person is called, if the provider told; only for showing it.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.0.session.display_name.as_deref()
    }

    /// The verified access token, with all its claims.
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        &self.0.token
    }

    /// The access token as text, for calls to other services on the person's behalf. It must not
    /// get into a page.
    #[must_use]
    pub fn bearer(&self) -> &str {
        &self.0.session.access_token
    }

    /// The token that this person's forms must carry in a field `csrf_token`; the log-out form too.
    #[must_use]
    pub fn csrf_token(&self) -> String {
        self.0.site.sealer.form_token(&self.0.session.grant.id)
    }

    /// Whether a form's `csrf_token` is this person's.
    #[must_use]
    pub fn is_csrf_token(&self, presented: &str) -> bool {
        self.0.site.sealer.is_form_token(&self.0.session.grant.id, presented)
    }

    /// Tells this sign-in from others without saying whose it is: for `watch` of `<mount>/client.js`,
    /// so that a page only takes the end of its own sign-in for one.
    #[must_use]
    pub fn session_tag(&self) -> String {
        self.grant().session_tag()
    }

    pub(crate) fn site(&self) -> &Arc<Site> {
        &self.0.site
    }

    pub(crate) fn grant(&self) -> &StoredGrant {
        &self.0.session.grant
    }

    /// Where to post the log-out form, with [`csrf_token`](Self::csrf_token).
    #[must_use]
    pub fn logout_path(&self) -> String {
        self.0.site.path("/logout")
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("token", &self.0.token).finish_non_exhaustive()
    }
}
