//! What a person may type to sign in: their username, or an e-mail address that is verified. Both are names of one space, so
//! that no one takes the address of another for a username, nor a username that is another's address.

use crate::mail_address::MailAddress;
use crate::username::Username;

/// A name in its one canonical spelling.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub struct SignInName(String);

impl SignInName {
    /// The canonical spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A username that has the form of an address is the name that the address is.
impl From<&Username> for SignInName {
    fn from(username: &Username) -> Self {
        let canonical = MailAddress::parse(username.as_str())
            .map_or_else(|_| username.as_str().to_owned(), |address| address.canonical().to_owned());
        Self(canonical)
    }
}

impl From<&MailAddress> for SignInName {
    fn from(address: &MailAddress) -> Self {
        Self(address.canonical().to_owned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn s83_a_username_and_an_address_of_one_spelling_are_one_name() {
        let name = SignInName::from(&MailAddress::parse("Zoë@müller.example").unwrap());
        for typed in ["zoë@müller.example", "ZOË@xn--mller-kva.EXAMPLE", " zoe\u{308}\u{ff20}müller.example "]
        {
            assert_eq!(SignInName::from(&Username::parse(typed).unwrap()), name, "{typed:?}");
        }
        for typed in ["zoë", "@zoë", "zoë@", "a@b@c"] {
            let username = Username::parse(typed).unwrap();
            assert_eq!(SignInName::from(&username).as_str(), username.as_str());
        }
    }
}
