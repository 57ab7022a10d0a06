//! What each of our forms carries unseen: where it posts to, the sealed transaction it continues,
//! and the token that binds it to this browser. Made and checked by the handlers.

/// The hidden half of a form.
#[derive(Debug, Clone, Copy)]
pub struct FormSeal<'a> {
    /// Where on this server the form goes: the address at which its page is found again.
    pub post_to: &'a str,
    /// The sealed transaction, field `tx`.
    pub tx: &'a str,
    /// The form token, field `csrf`.
    pub csrf: &'a str,
}
