//! What a site that renders its pages itself keeps about a signed-in person, in the person's own
//! browser: the tokens, sealed in one cookie. Who may use it is decided in `visit`. OWASP ASVS 10.1.1.

use actix_web::{HttpRequest, cookie::Cookie};

use crate::sign_in::{
    browser::{
        cookies,
        packed::{Packed, Reader, Writer},
        sealed_cookie::{self, CookieError},
    },
    grant::stored_grant::StoredGrant,
    provider::token_endpoint::Tokens,
    site::Site,
};

/// The session of a person at a site that renders its pages itself.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) display_name: Option<String>,
    pub(crate) access_token: String,
    pub(crate) grant: StoredGrant,
}

impl Session {
    /// A session that begins now.
    pub(crate) fn begin(display_name: Option<String>, grant: StoredGrant, tokens: &Tokens) -> Self {
        Self { display_name, access_token: tokens.access_token.clone(), grant }
    }

    /// The cookie of a site that renders its pages itself.
    /// `taken` octets of the response head are spoken for.
    pub(crate) fn cookie(&self, site: &Site, taken: usize) -> Result<Cookie<'static>, CookieError> {
        let name = site.cookies.session_name();
        let without_hint = Self { grant: self.grant.without_hint(), ..self.clone() };
        let value = sealed_cookie::seal_within(&site.sealer, &name, taken, [self, &without_hint])?;
        Ok(site.cookies.lax(name, value))
    }

    /// The session that the browser brought along, if it has not ended here.
    pub(crate) fn of_request(site: &Site, request: &HttpRequest) -> Option<Self> {
        let session: Option<Self> = sealed_cookie::open(&site.sealer, request, &site.cookies.session_name());
        session.filter(|session| !session.grant.is_refused(site))
    }

    /// Makes the browser forget the session.
    pub(crate) fn removal(site: &Site) -> Cookie<'static> {
        cookies::removal(site.cookies.lax(site.cookies.session_name(), String::new()))
    }
}

impl Packed for Session {
    fn write(&self, writer: &mut Writer) {
        writer.text(self.display_name.as_deref());
        writer.token(Some(&self.access_token));
        self.grant.write(writer);
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        Some(Self {
            display_name: reader.text()?,
            access_token: reader.token()??,
            grant: StoredGrant::read(reader)?,
        })
    }
}
