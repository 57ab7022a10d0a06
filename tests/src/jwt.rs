//! Looking into tokens, and damaging them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The claims of a token, unverified.
#[must_use]
pub fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The header of a token.
#[must_use]
pub fn header(token: &str) -> Value {
    part(token, 0)
}

/// A token of these parts, with this text for a signature.
#[must_use]
pub fn assemble(header: &Value, claims: &Value, signature: &str) -> String {
    format!("{}.{}.{signature}", encode(header.to_string()), encode(claims.to_string()))
}

/// Base64url without padding.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Damaged spellings of an opaque secret or a token: shorter, longer, another case, another alphabet.
#[must_use]
pub fn damaged(text: &str) -> Vec<String> {
    let last = text.chars().last().unwrap();
    let cut = &text[..text.len() - last.len_utf8()];
    let swapped: String = text
        .chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    vec![
        cut.to_owned(),
        text[..text.len() / 2].to_owned(),
        format!("{text}A"),
        format!("{text}="),
        format!("{text}."),
        format!(" {text}"),
        format!("{text} "),
        format!("{text}\n"),
        format!("{text}\u{0}"),
        format!("A{text}"),
        format!("{cut}{}", if last == 'A' { 'B' } else { 'A' }),
        text.to_lowercase(),
        text.to_uppercase(),
        swapped,
        text.replacen('.', "", 1),
        text.replacen('.', "..", 1),
        text.replacen('.', "%2E", 1),
        text.replace(['-', '_'], "+"),
        text.chars().rev().collect(),
        text.repeat(2),
    ]
    .into_iter()
    .filter(|other| other != text)
    .collect()
}

fn part(token: &str, place: usize) -> Value {
    let text = token.split('.').nth(place).unwrap_or_else(|| panic!("not a token: {token}"));
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}
