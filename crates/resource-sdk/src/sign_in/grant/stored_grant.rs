//! What one sign-in at the provider gave this site: the user, the tokens, and the sealed cookie
//! that keeps it for a site whose pages call its API by script. Spending its refresh token is left to `refresh`.
//! RFC 6749 section 6; OWASP ASVS 10.1.1.

use actix_web::{HttpRequest, cookie::Cookie};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    claims::AccessToken,
    revocation::SignInNames,
    sign_in::{
        browser::{
            cookies,
            packed::{Packed, Reader, Writer},
            seal::sha256,
            sealed_cookie::{self, CookieError},
        },
        memory::{former_grants::FormerGrant, refresh_outcome::RefreshedTokens},
        site::Site,
    },
    time::UnixTime,
};

/// What one sign-in at the provider gave this client.
#[derive(Clone)]
pub(crate) struct StoredGrant {
    /// New at each sign-in, a secret that an attacker could not have planted.
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) session_id: Option<String>,
    pub(crate) refresh_token: Option<String>,
    /// What the person is called, for a site whose pages know them by script; only for showing it.
    pub(crate) display_name: Option<String>,
    /// Only a hint for signing out; given up when it does not fit.
    pub(crate) id_token: Option<String>,
    pub(crate) last_token: LastToken,
}

/// What the provider calls the last access token when it takes it back, and how long it lasts.
#[derive(Clone)]
pub(crate) struct LastToken {
    pub(crate) jti: String,
    issued_at: i64,
    expires_at: i64,
}

impl LastToken {
    pub(crate) fn of(token: &AccessToken) -> Self {
        let (issued_at, expires_at) = (token.issued_at().as_secs(), token.expires_at().as_secs());
        Self { jti: token.jti().to_owned(), issued_at, expires_at }
    }

    pub(crate) const fn issued_at(&self) -> UnixTime {
        UnixTime::from_secs(self.issued_at)
    }

    pub(crate) const fn expires_at(&self) -> UnixTime {
        UnixTime::from_secs(self.expires_at)
    }
}

impl StoredGrant {
    /// The grant as it goes on after a refresh.
    pub(crate) fn succeeded_by(&self, renewed: &RefreshedTokens, token: Option<&AccessToken>) -> Self {
        let last_token = token.map_or_else(|| self.last_token.clone(), LastToken::of);
        Self { refresh_token: Some(renewed.refresh_token.clone()), last_token, ..self.clone() }
    }

    /// The grant without the ID token: signing out then takes a confirmation at the provider.
    pub(crate) fn without_hint(&self) -> Self {
        Self { id_token: None, ..self.clone() }
    }

    /// Tells one sign-in from another without saying whose it is, so that a page notices when the
    /// person behind its cookie has changed.
    /// It stays the same when the cookie key is replaced.
    pub(crate) fn session_tag(&self) -> String {
        let session = self.session_id.as_deref().unwrap_or(&self.subject);
        URL_SAFE_NO_PAD.encode(sha256(&format!("session tag {session}")))
    }

    /// What the provider calls this sign-in when it takes it back.
    pub(crate) fn names<'a>(&'a self, site: &'a Site) -> SignInNames<'a> {
        SignInNames {
            // Behind the `~` is which tokens of the grant: those can be taken back while the sign-in goes on.
            grant: self
                .last_token
                .jti
                .split_once('.')
                .map(|(grant, _)| grant)
                .and_then(|part| part.split('~').next()),
            session_id: self.session_id.as_deref(),
            client_id: site.credentials.client_id(),
            issued_at: self.last_token.issued_at(),
        }
    }

    /// Whether an access token speaks for the person whose grant this is, and was given to us.
    pub(crate) fn owns(&self, site: &Site, token: &AccessToken) -> bool {
        token.user() == Some(self.subject.as_str())
            && token.session_id() == self.session_id.as_deref()
            && token.client_id() == site.credentials.client_id()
    }

    /// Whether the last access token is void and there is no refresh token to get another.
    pub(crate) fn is_over(&self, site: &Site) -> bool {
        let void_from = site.verifier.void_from(self.last_token.expires_at());
        self.refresh_token.is_none() && site.now() >= void_from
    }

    /// Whether it ended here: the person signed out, or another sign-in of the browser took its place.
    pub(crate) fn is_refused(&self, site: &Site) -> bool {
        site.spent_sessions.is_refused(&self.id, site.now())
    }

    /// Whether the provider said that this sign-in is over.
    pub(crate) fn is_logged_out_by_provider(&self, site: &Site) -> bool {
        site.spent_sessions.is_logged_out(
            self.session_id.as_deref(),
            &self.subject,
            self.last_token.issued_at(),
        )
    }

    /// The cookie of a site whose pages call its API by script.
    /// `taken` octets of the response head are spoken for.
    pub(crate) fn cookie(&self, site: &Site, taken: usize) -> Result<Cookie<'static>, CookieError> {
        let name = site.cookies.refresh_name();
        let without_hint = self.without_hint();
        let value = sealed_cookie::seal_within(&site.sealer, &name, taken, [self, &without_hint])?;
        Ok(site.cookies.strict(name, value))
    }

    /// The cookie beside it, without which it is not taken. A hostile sibling subdomain can plant a
    /// `__Secure-` cookie, with a sign-in of its own, but no `__Host-` cookie.
    pub(crate) fn binding(&self, site: &Site) -> Cookie<'static> {
        site.cookies.strict_everywhere(site.cookies.binding_name(), self.id.clone())
    }

    /// The grant that the browser brought along: the one that belongs to this very browser.
    pub(crate) fn of_request(site: &Site, request: &HttpRequest) -> Option<Self> {
        let bound = cookies::named(request, &site.cookies.binding_name());
        let grants = sealed_cookie::open_all::<Self>(&site.sealer, request, &site.cookies.refresh_name());
        grants.into_iter().find(|grant| bound.contains(&grant.id.as_str()))
    }

    /// Makes the browser forget the grant.
    pub(crate) fn removals(site: &Site) -> [Cookie<'static>; 2] {
        let refresh = site.cookies.strict(site.cookies.refresh_name(), String::new());
        let binding = site.cookies.strict_everywhere(site.cookies.binding_name(), String::new());
        [refresh, binding].map(cookies::removal)
    }
}

impl From<StoredGrant> for FormerGrant {
    fn from(grant: StoredGrant) -> Self {
        Self { id: grant.id, refresh_token: grant.refresh_token }
    }
}

impl Packed for StoredGrant {
    fn write(&self, writer: &mut Writer) {
        writer.text(Some(&self.id));
        writer.text(Some(&self.subject));
        writer.text(self.session_id.as_deref());
        writer.text(Some(&self.last_token.jti));
        writer.number(self.last_token.issued_at);
        writer.number(self.last_token.expires_at);
        writer.token(self.refresh_token.as_deref());
        writer.token(self.id_token.as_deref());
        writer.text(self.display_name.as_deref());
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        Some(Self {
            id: reader.text()??,
            subject: reader.text()??,
            session_id: reader.text()?,
            last_token: LastToken {
                jti: reader.text()??,
                issued_at: reader.number()?,
                expires_at: reader.number()?,
            },
            refresh_token: reader.token()?,
            id_token: reader.token()?,
            display_name: reader.text()?,
        })
    }
}
