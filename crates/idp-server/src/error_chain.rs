//! Errors in words, causes included. The rule for every error type: its `Display` says what failed and leaves its
//! `source` out, and the place that prints it joins the chain. An error that did both would be read twice.

use std::{error::Error, fmt};

/// Displays an error and what caused it, joined by colons on as many lines as the messages have.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(current) = cause {
            write!(f, ": {current}")?;
            cause = current.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("inner")]
    struct Inner(#[source] io::Error);

    #[test]
    fn each_cause_is_said_once() {
        let error = Outer(Inner(io::Error::other("root")));
        assert_eq!(Chain(&error).to_string(), "outer: inner: root");
    }
}
