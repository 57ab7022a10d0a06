//! The provider's metadata document: where it is, that it is the configured issuer's own, and the
//! addresses in it. OpenID Connect Discovery 1.0 section 4; RFC 8414 sections 3 and 6.2.

use reqwest::Client;
use url::Url;

use super::KeyFetchError;
use crate::{
    http::{self, FetchError, is_secure},
    jwt::json::Object,
};

/// The largest metadata document that is read, in bytes.
const MAX_BYTES: usize = 64 * 1024;
const MAX_MEMBERS: usize = 256;

/// Where an issuer's metadata document is; nothing when the issuer is not an acceptable address.
pub(crate) fn metadata_url(issuer: &str) -> Option<Url> {
    let parsed = Url::parse(issuer).ok()?;
    let is_plain = parsed.query().is_none()
        && parsed.fragment().is_none()
        && parsed.username().is_empty()
        && parsed.password().is_none();
    if !is_plain || !is_secure(&parsed) {
        return None;
    }
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    Url::parse(&format!("{base}/.well-known/openid-configuration")).ok()
}

/// Fetches the metadata and answers where the keys are.
pub(super) async fn jwks_url(client: &Client, issuer: &str, metadata: &Url) -> Result<Url, KeyFetchError> {
    let document = fetch(client, metadata).await?;
    read_jwks_url(&document, issuer)
}

/// Fetches the metadata as it is.
pub(crate) async fn fetch(client: &Client, metadata: &Url) -> Result<Vec<u8>, FetchError> {
    http::get("fetch metadata", client, metadata, MAX_BYTES).await
}

fn read_jwks_url(document: &[u8], issuer: &str) -> Result<Url, KeyFetchError> {
    read_address(document, issuer, "jwks_uri")?.ok_or(KeyFetchError::Metadata)
}

/// One address of the metadata, if it is there.
///
/// # Errors
/// When the document is not the issuer's own metadata, or the address is not protected as the
/// issuer's is.
pub(crate) fn read_address(
    document: &[u8],
    issuer: &str,
    member: &str,
) -> Result<Option<Url>, KeyFetchError> {
    let text = std::str::from_utf8(document).map_err(|_| KeyFetchError::Metadata)?;
    let metadata = Object::parse(text, MAX_MEMBERS).map_err(|_| KeyFetchError::Metadata)?;
    let text_of = |name| metadata.get(name).and_then(|value| value.string());
    // RFC 8414 section 3.3: identical, or the metadata must not be used.
    if text_of("issuer").as_deref() != Some(issuer) {
        return Err(KeyFetchError::IssuerMismatch);
    }
    let Some(address) = text_of(member) else { return Ok(None) };
    let address = Url::parse(&address).map_err(|_| KeyFetchError::Metadata)?;
    let is_downgrade = issuer.starts_with("https:") && address.scheme() != "https";
    if !is_secure(&address) || is_downgrade {
        return Err(KeyFetchError::InsecureJwksUri);
    }
    Ok(Some(address))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ISSUER: &str = "https://idp.example";

    fn read(document: &str) -> Result<Url, KeyFetchError> {
        read_jwks_url(document.as_bytes(), ISSUER)
    }

    #[test]
    fn j42_the_issuer_must_match_exactly() {
        for issuer in [
            "https://idp.example/",
            "http://idp.example",
            "https://IDP.example",
            "https://idp.example.",
            "https://idp.example:443",
            "https://evil.example",
            "",
        ] {
            let document = format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://idp.example/jwks"}}"#);
            assert_eq!(read(&document), Err(KeyFetchError::IssuerMismatch), "{issuer}");
        }
        for document in [
            r#"{"jwks_uri":"https://idp.example/jwks"}"#,
            r#"{"issuer":["https://idp.example"],"jwks_uri":"https://idp.example/jwks"}"#,
        ] {
            assert_eq!(read(document), Err(KeyFetchError::IssuerMismatch), "{document}");
        }
    }

    #[test]
    fn j42_keys_come_over_https() {
        let good = read(r#"{"issuer":"https://idp.example","jwks_uri":"https://keys.example/j"}"#);
        assert_eq!(good.unwrap().as_str(), "https://keys.example/j");
        for address in [
            "http://idp.example/jwks",
            "http://localhost/jwks",
            "http://127.0.0.1/jwks",
            "file:///etc/jwks",
            "data:,x",
            "ftp://idp.example/jwks",
        ] {
            let document = format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"{address}"}}"#);
            assert_eq!(read(&document), Err(KeyFetchError::InsecureJwksUri), "{address}");
        }
    }

    #[test]
    fn j42_a_twice_named_member_is_no_metadata() {
        let document =
            r#"{"issuer":"https://evil.example","issuer":"https://idp.example","jwks_uri":"https://a/"}"#;
        assert_eq!(read(document), Err(KeyFetchError::Metadata));
    }

    #[test]
    fn only_an_acceptable_issuer_has_metadata() {
        let at = |issuer: &str| metadata_url(issuer).map(String::from);
        let expected = Some("https://idp.example/t/.well-known/openid-configuration".to_owned());
        assert_eq!(at("https://idp.example/t"), expected);
        assert_eq!(at("https://idp.example/t/"), expected);
        for issuer in [
            "http://idp.example",
            "idp.example",
            "",
            "https://idp.example?x",
            "https://idp.example#x",
            "https://user@idp.example",
            "https://:pw@idp.example",
            "file:///x",
        ] {
            assert_eq!(at(issuer), None, "{issuer}");
        }
    }
}
